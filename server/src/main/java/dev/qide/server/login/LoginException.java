package dev.qide.server.login;

import org.jspecify.annotations.Nullable;

/// A failed login. The message is for the log and contains no secret.
public final class LoginException extends Exception {
    private static final long serialVersionUID = 1;

    private final LoginFailure failure;

    public LoginException(LoginFailure failure, String message) {
        this(failure, message, null);
    }

    public LoginException(LoginFailure failure, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
    }

    public LoginFailure failure() {
        return failure;
    }
}

package dev.qide.server.login;

import org.jspecify.annotations.Nullable;

/// A failed login. The message is for the log and contains no secret.
public final class LoginException extends Exception {
    private static final long serialVersionUID = 1;

    private final LoginProblem problem;

    public LoginException(LoginProblem problem, String message) {
        this(problem, message, null);
    }

    public LoginException(LoginProblem problem, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    public LoginProblem problem() {
        return problem;
    }
}

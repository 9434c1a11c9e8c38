package dev.qide.server.language.process;

import dev.qide.wire.Failure;
import org.jspecify.annotations.Nullable;

/// A language server cannot be started: the sentence for the user, and the failure for its
/// requests. Never leaves the package.
public final class ServerUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Failure failure;

    ServerUnavailable(Failure failure, String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
        this.failure = failure;
    }

    public Failure failure() {
        return failure;
    }

    public String sentence() {
        return String.valueOf(getMessage());
    }
}

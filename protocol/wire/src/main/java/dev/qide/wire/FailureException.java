package dev.qide.wire;

import java.util.Map;

/// A named failure of a request: the only exception that a feature throws deliberately.
public final class FailureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Failure failure;
    private final transient Map<String, String> tags;

    /// @param tags facts for clients to switch on, from closed sets or of bounded length; never
    ///   file content, tokens or server paths
    public FailureException(Failure failure, Map<String, String> tags) {
        super(failure.wireName() + tags);
        this.failure = failure;
        this.tags = Map.copyOf(tags);
    }

    /// A failure without tags.
    public FailureException(Failure failure) {
        this(failure, Map.of());
    }

    /// A failure with its cause, which reaches the log only, never the client.
    public FailureException(Failure failure, Map<String, String> tags, Throwable cause) {
        super(failure.wireName() + tags, cause);
        this.failure = failure;
        this.tags = Map.copyOf(tags);
    }

    public Failure failure() {
        return failure;
    }

    public Map<String, String> tags() {
        return tags;
    }
}

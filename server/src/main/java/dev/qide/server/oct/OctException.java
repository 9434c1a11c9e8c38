package dev.qide.server.oct;

/// A request of Open Collaboration Tools is refused.
public final class OctException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final OctFailure failure;

    public OctException(OctFailure failure) {
        super(failure.code());
        this.failure = failure;
    }

    public OctFailure failure() {
        return failure;
    }
}

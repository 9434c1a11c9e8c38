package dev.qide.server.ai;

/// The reader of a call is gone or has cancelled it.
public final class CancelledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isFree;

    public CancelledException() {
        this(false);
    }

    /// @param isFree whether no provider works on the call: it was not sent, or was refused
    public CancelledException(boolean isFree) {
        super("cancelled", null, false, false);
        this.isFree = isFree;
    }

    /// Whether no provider works on the call.
    boolean isFree() {
        return isFree;
    }
}

package dev.qide.server.ai;

/// The reader of a call is gone or has cancelled it.
public final class CancelledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CancelledException() {
        super("cancelled", null, false, false);
    }
}

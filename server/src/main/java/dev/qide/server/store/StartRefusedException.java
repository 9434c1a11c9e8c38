package dev.qide.server.store;

/// Why the server does not start: the message is one sentence for the person who started it, and
/// says what to do.
public final class StartRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartRefusedException(String sentence) {
        super(sentence);
    }

    public StartRefusedException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

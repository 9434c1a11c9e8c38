package dev.qide.server.store;

/// Why a backup was not written or not restored: the message is one sentence for the person, and
/// holds nothing of what the rows hold.
public final class BackupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BackupException(String sentence) {
        super(sentence);
    }

    public BackupException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

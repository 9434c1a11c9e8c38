package dev.qide.server.store;

/// A failed backup or restore. The message is one sentence for the user and contains no row data.
public final class BackupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BackupException(String sentence) {
        super(sentence);
    }

    public BackupException(String sentence, Throwable cause) {
        super(sentence, cause);
    }

    /// The tables of a backup are not those of its version of Q-IDE.
    ///
    /// @param name of the table, or `sequences`
    public static BackupException schemaMismatch(String name) {
        return new BackupException(
                "The backup's tables differ from those of its version of Q-IDE ("
                        + name
                        + "). Nothing was changed.");
    }
}

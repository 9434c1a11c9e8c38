package dev.qide.server.language;

/// The kind of a file's change (LSP 3.18, `FileChangeType`).
public enum FileEvent {
    CREATED(1),
    CHANGED(2),
    DELETED(3);

    private final int code;

    FileEvent(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /// Combines this event with a later one.
    public FileEvent then(FileEvent next) {
        return switch (this) {
            case CREATED -> next == DELETED ? DELETED : CREATED;
            case DELETED -> next == DELETED ? DELETED : CHANGED;
            case CHANGED -> next;
        };
    }
}

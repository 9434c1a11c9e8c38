package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;

/// The reason why a document cannot be written to its file.
enum SyncObstacle {
    READ_ONLY(", %d of them because the file is read-only"),
    OBSTRUCTED(", %d of them because a folder or a link has taken the file's place"),
    DISK_REFUSES(""),

    /// It may pass by itself: the database is down, or the path is locked.
    OTHER("");

    private final String sentence;

    SyncObstacle(String sentence) {
        this.sentence = sentence;
    }

    static SyncObstacle of(RuntimeException failure) {
        if (!(failure instanceof FailureException known)) {
            return OTHER;
        }
        if (known.failure() == Failure.FILE_READ_ONLY) {
            return READ_ONLY;
        }
        if (Disk.isSomethingElse(known)) {
            return OBSTRUCTED;
        }
        return DirectoryHandles.DISK_REFUSED.equals(known.tags().get("reason"))
                ? DISK_REFUSES
                : OTHER;
    }

    /// Whether the file cannot be written, however soon the server tries again.
    boolean isOfDisk() {
        return this != OTHER;
    }

    /// The part of a sentence for a number of documents; may be empty.
    String sentence(int count) {
        return sentence.formatted(count);
    }
}

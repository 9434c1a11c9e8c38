package dev.qide.server.files.watch;

import dev.qide.server.files.FileChange;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// The server's own published changes that the watch has yet to take into account. Thread-safe;
/// nothing blocks.
///
/// At most 16,384 changes wait; further ones may be published twice.
final class PendingServerChanges {
    private static final int CHANGES = 16_384;

    private final Queue<FileChange> waiting = new ArrayDeque<>();

    synchronized void add(FileChange change) {
        if (waiting.size() < CHANGES) {
            waiting.add(change);
        }
    }

    synchronized @Nullable FileChange poll() {
        return waiting.poll();
    }
}

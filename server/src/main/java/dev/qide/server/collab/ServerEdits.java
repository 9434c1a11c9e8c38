package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The queue of the server's edits of a document. Each edit starts from the text that the previous
/// one committed, so none is applied twice. Owned by the document's thread.
final class ServerEdits {
    private static final int EDITS = 64;

    private final ArrayDeque<ServerEdit> waiting = new ArrayDeque<>();
    private @Nullable ServerEdit running;

    /// Adds an edit.
    ///
    /// @return false when the queue is full
    boolean add(ServerEdit edit) {
        return waiting.size() < EDITS && waiting.add(edit);
    }

    /// Adds an edit ahead of all others.
    void addFirst(ServerEdit edit) {
        waiting.addFirst(edit);
    }

    boolean isEmpty() {
        return waiting.isEmpty() && (running == null || running.isDone());
    }

    /// Runs queued edits until one has to wait for its commit.
    void runOn(UpdatePipeline pipeline) {
        while (running == null || running.isDone()) {
            running = waiting.poll();
            if (running == null) {
                return;
            }
            try {
                pipeline.edit(running);
            } catch (RuntimeException failure) {
                running.failed(failure);
            }
        }
    }

    void failAll(Failure why) {
        if (running != null) {
            running.failed(new FailureException(why));
        }
        for (var edit = waiting.poll(); edit != null; edit = waiting.poll()) {
            edit.failed(new FailureException(why));
        }
    }

    /// Completes the queued edits without a document.
    void completeWithoutDocument() {
        for (var edit = waiting.poll(); edit != null; edit = waiting.poll()) {
            edit.done(null);
        }
    }
}

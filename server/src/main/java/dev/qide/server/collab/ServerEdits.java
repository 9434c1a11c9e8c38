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

    /// Adds an edit. One above the bound fails with `DOCUMENT_UNAVAILABLE`.
    void add(ServerEdit edit) {
        if (waiting.size() < EDITS) {
            waiting.add(edit);
        } else {
            edit.failed(new FailureException(Failure.DOCUMENT_UNAVAILABLE));
        }
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
            if (running.isDone()) {
                continue;
            }
            try {
                pipeline.edit(running);
            } catch (RuntimeException failure) {
                running.failed(failure);
            }
        }
    }

    /// Fails the edit that waits for its commit.
    void failRunning(Failure why) {
        if (running != null) {
            running.failed(new FailureException(why));
        }
    }

    void failAll(Failure why) {
        failRunning(why);
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

package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The server's own changes of a document, one after the other: each is made of the text that the
/// one before it has committed, so that none is made twice. Owned by the document's thread.
final class ServerEdits {
    private static final int EDITS = 64;

    private final ArrayDeque<ServerEdit> waiting = new ArrayDeque<>();
    private @Nullable ServerEdit running;

    /// @return false when too many wait
    boolean add(ServerEdit edit) {
        return waiting.size() < EDITS && waiting.add(edit);
    }

    /// Adds one that comes before all others.
    void addFirst(ServerEdit edit) {
        waiting.addFirst(edit);
    }

    boolean isEmpty() {
        return waiting.isEmpty() && (running == null || running.isDone());
    }

    /// Runs what waits until one has to be committed first.
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

    /// There is no document for those that wait.
    void noDocument() {
        for (var edit = waiting.poll(); edit != null; edit = waiting.poll()) {
            edit.done(null);
        }
    }
}

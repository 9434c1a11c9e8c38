package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes file changes to all listeners. Thread-safe.
///
/// Invariant: the file is already written, so a listener that fails is logged and stops neither the
/// write nor the other listeners.
public final class FileChanges {
    private static final Logger LOG = LoggerFactory.getLogger(FileChanges.class);

    private final List<FileListener> listeners = new CopyOnWriteArrayList<>();

    /// Adds a listener; listeners are called in the order of their registration.
    public void addListener(FileListener listener) {
        listeners.add(listener);
    }

    /// Calls all listeners. The caller holds the path's lock, if the change has one.
    public void publish(FileChange change) {
        callAll(change.workspace().id(), listener -> listener.changed(change));
    }

    void publishDeletion(WorkspaceId workspace) {
        callAll(workspace, listener -> listener.workspaceDeleted(workspace));
    }

    private void callAll(WorkspaceId workspace, Consumer<FileListener> call) {
        for (var listener : listeners) {
            try {
                call.accept(listener);
            } catch (RuntimeException failure) {
                LOG.atError()
                        .addKeyValue("event.action", "files.listener_failed")
                        .addKeyValue("workspace", workspace)
                        .setCause(failure)
                        .log("a listener for file changes failed");
            }
        }
    }
}

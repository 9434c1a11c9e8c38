package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;

/// Told that a document has new committed content. Implemented by rooms above, which then pull.
///
/// Thread-safe; called on the document's thread, so it must not block (raise a signal).
@FunctionalInterface
public interface DocumentListener {
    /// New rows of this document are committed.
    void documentChanged(WorkspaceId workspace, String path);
}

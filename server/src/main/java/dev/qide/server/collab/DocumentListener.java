package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;

/// Receives a notification when a document has new committed content. Implemented by higher
/// packages, which then read the text.
///
/// Thread-safe. Runs on the document's thread and must not block; implementations raise a signal.
@FunctionalInterface
public interface DocumentListener {
    /// New rows of this document were committed.
    void documentChanged(WorkspaceId workspace, String path);
}

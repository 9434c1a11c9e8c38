package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;

/// Receives a notification when a client joins or leaves a document. Implemented by higher
/// packages, which then read the current state.
///
/// Thread-safe. Runs on the document's thread and must not block; implementations raise a signal.
@FunctionalInterface
public interface AwarenessListener {
    /// The set of clients present in the document changed.
    void presenceChanged(WorkspaceId workspace, String path);

    /// One client that is present.
    ///
    /// @param client the Yjs client id
    record PresentClient(long client, Access.Member member) {}
}

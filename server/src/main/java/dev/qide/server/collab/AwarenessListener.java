package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;

/// Told that somebody came to a document or left it. Implemented by rooms above, which then pull.
///
/// Thread-safe; called on the document's thread, so it must not block (raise a signal).
@FunctionalInterface
public interface AwarenessListener {
    /// Others are present in the document than before.
    void presenceChanged(WorkspaceId workspace, String path);

    /// Who is present.
    ///
    /// @param client the Yjs client id
    record Present(long client, Access.Member member) {}
}

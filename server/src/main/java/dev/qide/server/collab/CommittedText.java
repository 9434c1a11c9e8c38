package dev.qide.server.collab;

import dev.qide.server.store.DocumentId;
import dev.qide.server.store.WorkspaceId;

/// The committed text of a document.
///
/// @param text LF only
/// @param isWhole whether it has every committed row; false while an outcome is awaited
/// @param load identifies the reading of the document into memory: of two texts with the same one,
///   the later has everything that the earlier had
public record CommittedText(
        DocumentId document,
        WorkspaceId workspace,
        String path,
        String text,
        boolean isWhole,
        Object load) {
    static CommittedText of(LiveDocument document) {
        var stored = document.stored();
        return new CommittedText(
                stored.id(),
                stored.workspace(),
                stored.path(),
                document.text(),
                document.isSettled(),
                document.load());
    }
}

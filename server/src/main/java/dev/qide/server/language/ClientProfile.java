package dev.qide.server.language;

import org.jspecify.annotations.Nullable;

/// What language servers need to know of an editor.
///
/// @param root the root URI that it uses for the workspace; null for none, then its files are
///   `file:///<path>`. Not used in pass-through, where the editor's own `initialize` says it
/// @param capabilities its `ClientCapabilities` (LSP 3.18) as JSON text. Not used in pass-through
public record ClientProfile(SessionMode mode, @Nullable String root, String capabilities) {
    /// An editor of `/lsp`.
    public static ClientProfile passThrough() {
        return new ClientProfile(SessionMode.PASS_THROUGH, null, "{}");
    }

    /// An editor of `/ws`.
    public static ClientProfile routed(@Nullable String root, String capabilities) {
        return new ClientProfile(SessionMode.ROUTED, root, capabilities);
    }
}

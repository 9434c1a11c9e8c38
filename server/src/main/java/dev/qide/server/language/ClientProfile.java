package dev.qide.server.language;

/// What language servers need to know of an editor.
///
/// @param folders what it has open; in pass-through the editor's own `initialize` says it
/// @param capabilities its `ClientCapabilities` (LSP 3.18) as JSON text. Not used in pass-through
public record ClientProfile(SessionMode mode, ClientFolders folders, String capabilities) {
    /// An editor of `/lsp`.
    public static ClientProfile passThrough() {
        return new ClientProfile(SessionMode.PASS_THROUGH, ClientFolders.one(null), "{}");
    }

    /// An editor of `/ws`.
    public static ClientProfile routed(ClientFolders folders, String capabilities) {
        return new ClientProfile(SessionMode.ROUTED, folders, capabilities);
    }

    /// The same with other folders open.
    ClientProfile with(ClientFolders others) {
        return new ClientProfile(mode, others, capabilities);
    }
}

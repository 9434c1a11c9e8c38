package dev.qide.server.language;

/// The properties of an editor that language servers need.
///
/// @param folders its workspace folders; unused in pass-through, where the editor's own
///   `initialize` has them
/// @param capabilities its `ClientCapabilities` (LSP 3.18) as JSON text; unused in pass-through
public record ClientProfile(SessionMode mode, ClientFolders folders, String capabilities) {
    /// An editor of `/lsp`.
    public static ClientProfile passThrough() {
        return new ClientProfile(SessionMode.PASS_THROUGH, ClientFolders.one(null), "{}");
    }

    /// An editor of `/ws`.
    public static ClientProfile routed(ClientFolders folders, String capabilities) {
        return new ClientProfile(SessionMode.ROUTED, folders, capabilities);
    }

    /// The same profile with other folders.
    ClientProfile with(ClientFolders others) {
        return new ClientProfile(mode, others, capabilities);
    }
}

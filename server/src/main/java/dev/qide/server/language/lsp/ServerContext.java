package dev.qide.server.language.lsp;

import dev.qide.server.language.ClientProfile;
import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.SessionMode;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.rewrite.RootUri;

/// Which server of which session this is.
public record ServerContext(
        String session,
        ClientProfile client,
        ServerDeclaration server,
        WorkspaceFolder folder,
        RootUri clientRoot) {
    boolean isPassThrough() {
        return client.mode() == SessionMode.PASS_THROUGH;
    }
}

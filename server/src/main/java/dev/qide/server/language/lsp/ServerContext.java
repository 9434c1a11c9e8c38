package dev.qide.server.language.lsp;

import dev.qide.server.language.ClientProfile;
import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.SessionMode;
import dev.qide.server.language.WorkspaceFolder;

/// The identity of one server of one session.
public record ServerContext(
        String session, ClientProfile client, ServerDeclaration server, WorkspaceFolder folder) {
    boolean isPassThrough() {
        return client.mode() == SessionMode.PASS_THROUGH;
    }
}

package dev.qide.server.language.lsp;

import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.SessionMode;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.rewrite.RootUri;

/// Whose server of what this is.
public record ServerContext(
        String session,
        SessionMode mode,
        ServerDeclaration server,
        WorkspaceFolder folder,
        RootUri clientRoot) {}

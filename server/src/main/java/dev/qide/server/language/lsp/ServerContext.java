package dev.qide.server.language.lsp;

import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.SessionMode;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.rewrite.RootUri;

/// Whose server of what this is.
///
/// @param answersConfiguration whether the client of a routed session answers
///   `workspace/configuration`; in pass-through its `initialize` says that
public record ServerContext(
        String session,
        SessionMode mode,
        ServerDeclaration server,
        WorkspaceFolder folder,
        RootUri clientRoot,
        boolean answersConfiguration) {}

/// The connection of one editor session with one language server, over all its restarts.
///
/// - [ServerLink] is the actor. It starts and restarts the server and owns its state.
/// - [LspSession] keeps [OutstandingRequests], [OpenDocuments] and [PendingMessages] and replays
///   them after a restart; [RetryPolicy] decides which requests are sent again.
/// - [InitializeParamsWriter] writes `initialize`. [ServerToClientRequests] and
///   [DefaultClientResponses] answer requests of the server; [ClientNotifier] sends to the editor.
/// - [ScopedConfiguration] is the configuration of each folder; [EnvironmentNotifier] announces
///   changed Python environments to a server.
/// - [ServerDiagnostics] pulls diagnostics and pushes them to the editor.
///
/// One thread at a time works on a link: its actor, or the thread that brings a message to an idle
/// one.
@NullMarked
package dev.qide.server.language.lsp;

import org.jspecify.annotations.NullMarked;

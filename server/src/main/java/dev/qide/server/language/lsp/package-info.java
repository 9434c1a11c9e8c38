/// The conversation of one editor session with one language server, over all its restarts.
///
/// - [ServerLink] is the actor: it starts the server, restarts it and owns its state. [LspSession]
///   keeps [OutstandingRequests], [OpenDocuments] and [WaitingMessages] and replays them after a
///   restart; [RetryPolicy] says which requests are asked again.
/// - [InitializeParamsWriter] writes `initialize`. [ServerToClientRequests] and
///   [DefaultClientResponses] answer what the server requests; [ClientNotifier] speaks to the
///   editor.
/// - [ScopedConfiguration] is the settings of each folder; [EnvironmentNotifier] tells a server of
///   Python about changed environments.
/// - [ServerDiagnostics] turns pulled diagnostics into pushed ones.
@NullMarked
package dev.qide.server.language.lsp;

import org.jspecify.annotations.NullMarked;

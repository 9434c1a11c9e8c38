/// The relay of `qide lsp` between an editor's stdio and a running server.
///
/// - [StdioRelay] passes messages on in both directions, and connects again when the connection is
///   lost. [ServerConnection] is a connection, over a [WebSocketClient]; [Tunnel] opens it,
///   directly or through a proxy.
/// - [ReplayState] is the state that a new connection must restore, [EditorDocuments] the open
///   documents, [EditorFolders] the changed workspace folders.
/// - [ExternalFiles] copies documents outside the workspace for editors that only open files.
@NullMarked
package dev.qide.server.cli.relay;

import org.jspecify.annotations.NullMarked;

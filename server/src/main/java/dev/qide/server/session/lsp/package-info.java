/// The Language Server Protocol as a session reads and writes it.
///
/// - [RpcMessage] reads the head of a client's message: what routing needs, and no more.
/// - [RpcWriter] writes the messages that the server makes itself.
/// - [ClientRoot] maps a client's URIs to paths in the workspace.
/// - [ProviderTable] decides what `/ws` announces: in the answer to `initialize`, or by
///   `client/registerCapability` for each language, whichever the client supports.
/// - [SessionCapabilities] knows what each language server of a session has announced itself.
/// - [JoinedRequests] makes one answer of those of several servers; [Joins] says how.
///
/// Nothing here knows sockets, documents or people. The session's thread asks; threads of language
/// servers answer.
@NullMarked
package dev.qide.server.session.lsp;

import org.jspecify.annotations.NullMarked;

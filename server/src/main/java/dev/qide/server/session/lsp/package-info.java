/// LSP messages as a session reads them.
///
/// - [RpcMessage] reads the part of a client's message that routing needs.
/// - [ClientRoot] maps a client's URIs to paths in the workspace.
/// - [ProviderTable] decides what `/ws` announces: in the result of `initialize`, or by
///   `client/registerCapability` for each language, whichever the client supports.
/// - [AnnouncedCommands] registers the commands that servers announce beyond their declarations.
/// - [SessionCapabilities] holds what each language server of a session has announced.
/// - [MergedRequests] sends a request to several language servers and merges their results into one
///   response; [ResultMerges] defines how.
/// - [MovedRanges] moves the ranges of an edit to another text.
///
/// Independent of sockets, documents and people. The session's thread sends requests; the threads
/// of language servers bring the responses.
@NullMarked
package dev.qide.server.session.lsp;

import org.jspecify.annotations.NullMarked;

/// Language servers: their declarations and the interface to them.
///
/// - [LanguageHost] is the interface. It passes messages as text and names sessions by id.
///   [LocalLanguageServers] implements it with one process per session and language; responses
///   return through [EditorClient].
/// - [Declarations] holds the servers of `languages.json` ([ServerDeclaration], [ServerLimits]),
///   read by [DeclarationReader].
/// - [LspMethod] is the table of LSP methods: what each needs, and how it is routed.
/// - `process` installs, sandboxes, starts and monitors programs. `lsp` connects one session with
///   one server. `rewrite` changes ids, roots and versions in messages. `settings` computes the
///   configuration of a server. `python` finds Python environments.
/// - [ExternalDocuments] serves files outside the workspace; [InstalledTools] is for `doctor`.
///
/// The server of a session has one actor; each process has a reader thread.
@NullMarked
package dev.qide.server.language;

import org.jspecify.annotations.NullMarked;

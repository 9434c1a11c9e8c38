/// Language servers: which there are, and the one interface to them.
///
/// - [LanguageHost] is the interface: messages as text, session ids, no object references.
///   [LocalLanguageServers] implements it with one process a session and language; answers come
///   back through [EditorClient].
/// - [Declarations] are the servers of `languages.json` ([ServerDeclaration], [ServerLimits]), read
///   by [DeclarationReader].
/// - [LspMethod] is the table of what is decided by a method's name.
/// - `process` installs, sandboxes, starts and watches programs; `lsp` holds the conversation of
///   one session with one server; `rewrite` changes ids, roots and versions in messages; `settings`
///   is what a server is configured with; `python` finds environments.
/// - [ExternalDocuments] serves definitions outside the workspace; [MachineTools] is what `doctor`
///   asks.
///
/// A session's server has one actor; a process has a reader thread.
@NullMarked
package dev.qide.server.language;

import org.jspecify.annotations.NullMarked;

/// One connected editor, and the routing of its messages.
///
/// - [SessionFactory] makes a session for each kind of WebSocket: [EditorSession] (`/ws`),
///   [PlainLspSession] (`/lsp`), [DocumentSession] (documents alone). [Sessions] knows them all and
///   is the way back from language servers and files.
/// - Text: [JsonRpcChannel] (rate, first frame) → [MessageInbox] (bounded) → [LspRouter], whose
///   tables name every method; [DocumentServers] chooses the language servers.
/// - [FlushBeforeNotify] delays `didSave` and `didClose` until the file has the text; [TrackedText]
///   is what an editor's positions mean; [InlineCompletions] is ghost text and its cancellation.
/// - [Grant] and [Grants] hold what each socket may do and close those whose credential ended.
/// - Notifiers tell editors what happened below: [FileChangeNotifier], [PresenceNotifier],
///   [DatabaseStatusNotifier], [WorkspaceDeletionListener].
///
/// A session has one thread; the reader of its socket only enqueues.
@NullMarked
package dev.qide.server.session;

import org.jspecify.annotations.NullMarked;

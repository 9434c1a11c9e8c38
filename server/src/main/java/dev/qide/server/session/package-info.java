/// One connected editor, and the routing of its messages.
///
/// - [SessionFactory] opens a session for each kind of WebSocket: [EditorSession] (`/ws`),
///   [PlainLspSession] (`/lsp`), [DocumentSession] (documents only). [Sessions] is the registry of
///   connected editors; language servers and notifiers reach editors through it.
/// - A text frame passes [JsonRpcChannel] (message rate, first frame), [MessageInbox] (bounded) and
///   [LspRouter], whose tables list every method. [DocumentServers] chooses the language servers.
/// - [WorkspaceEdits] fits the edits of language servers to texts in which others are typing;
///   [MessageQueue] keeps the messages behind them in order. [FlushBeforeNotify] delays `didSave`
///   and `didClose` until the file has the text. [TrackedText] is the text to which an editor's
///   positions refer. [InlineCompletions] is ghost text, [ShownCompletions] counts accepted items.
///   [TeamChatRequests] is the chat of a workspace, [ConversationRequests] the chat with models;
///   [TerminalRequests] are those about terminals, and [WorkspaceTerminals] says who may use them.
/// - [SaveMerger] merges the saves of several editors without Yjs to one file; [OpenFileTexts]
///   tracks the files that such an editor has open.
/// - [Grant] and [Grants] hold the rights of each socket and close sockets whose credential ended.
/// - [WorkspaceForwarding] passes requests and handshakes for workspaces of other nodes on to
///   `nodes`. [NodeDrain] hands the workspaces of this node over, each by a [WorkspaceHandover];
///   [RequestGates] delays new requests during a handover.
/// - [FileChangeNotifier], [PresenceNotifier], [DatabaseStatusNotifier] and
///   [WorkspaceDeletionListener] pass on the events of other packages.
///
/// A session has one thread; the reader of its socket only enqueues.
@NullMarked
package dev.qide.server.session;

import org.jspecify.annotations.NullMarked;

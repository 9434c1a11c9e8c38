package dev.qide.wire;

/// The names of Q-IDE's own JSON-RPC methods; all others belong to the Language Server Protocol.
public final class Methods {
    /// Server to client, [StatusParams].
    public static final String STATUS = "qide/status";

    /// Server to client, [FileSavedParams].
    public static final String FILE_SAVED = "qide/fileSaved";

    /// Server to client, [FileChangedParams].
    public static final String FILE_CHANGED = "qide/fileChanged";

    /// Server to client, [TreeChangedParams].
    public static final String TREE_CHANGED = "qide/treeChanged";

    /// Server to client, [PresenceParams].
    public static final String PRESENCE = "qide/presence";

    /// Server to client, [AccessChangedParams].
    public static final String ACCESS_CHANGED = "qide/accessChanged";

    /// Server to client, [SettingChangedParams].
    public static final String SETTING_CHANGED = "qide/settingChanged";

    /// Client to server, [DocumentPathParams] to [DocumentPathResult].
    public static final String DOCUMENT_PATH = "qide/documentPath";

    /// Client to server, [TeamChatText]; answered with [TeamChatMessage].
    public static final String TEAM_CHAT_SEND = "qide/teamChatSend";

    /// Client to server, [TeamChatRange]; answered with [TeamChatPage].
    public static final String TEAM_CHAT_HISTORY = "qide/teamChatHistory";

    /// Server to client, [TeamChatMessage].
    public static final String TEAM_CHAT_MESSAGE = "qide/teamChatMessage";

    /// Client to server, [ChatParams] to [ChatResult].
    public static final String CHAT = "qide/chat";

    /// Client to server, [ConversationResumeParams] to [ChatResult].
    public static final String CONVERSATION_RESUME = "qide/conversationResume";

    /// Client to server, no parameters to [ConversationList].
    public static final String CONVERSATION_LIST = "qide/conversationList";

    /// Client to server, [ConversationParams] to [ConversationHistory].
    public static final String CONVERSATION_HISTORY = "qide/conversationHistory";

    /// Client to server, [ConversationParams] to null.
    public static final String CONVERSATION_DELETE = "qide/conversationDelete";

    /// Server to client, [ChatDeltaParams].
    public static final String CHAT_DELTA = "qide/chatDelta";

    /// Server to client, [ChangeSetInfo].
    public static final String CHANGE_SET = "qide/changeSet";

    /// Client to server, no parameters to [ChangeSetList].
    public static final String CHANGE_SET_LIST = "qide/changeSetList";

    /// Client to server, [ChangeSetDecision] to [ChangeSetInfo].
    public static final String CHANGE_SET_DECIDE = "qide/changeSetDecide";

    /// Client to server, [ChangeSetProposal] to [ChangeSetInfo].
    public static final String CHANGE_SET_PROPOSE = "qide/changeSetPropose";

    /// Client to server, [TerminalOpenParams] to [TerminalOpened].
    public static final String TERMINAL_OPEN = "qide/terminalOpen";

    /// Client to server, [TerminalAttachParams] to [TerminalAttached].
    public static final String TERMINAL_ATTACH = "qide/terminalAttach";

    /// Client to server, [TerminalInputParams] to null.
    public static final String TERMINAL_INPUT = "qide/terminalInput";

    /// Client to server, [TerminalResizeParams] to null.
    public static final String TERMINAL_RESIZE = "qide/terminalResize";

    /// Client to server, [TerminalParams] to null.
    public static final String TERMINAL_CLOSE = "qide/terminalClose";

    /// Client to server, no parameters to [TerminalList].
    public static final String TERMINAL_LIST = "qide/terminalList";

    /// Client to server, a notification, [TerminalAckParams].
    public static final String TERMINAL_ACK = "qide/terminalAck";

    /// Server to client, [TerminalOutputParams].
    public static final String TERMINAL_OUTPUT = "qide/terminalOutput";

    /// Server to client, [TerminalExitParams].
    public static final String TERMINAL_EXIT = "qide/terminalExit";

    private Methods() {}
}

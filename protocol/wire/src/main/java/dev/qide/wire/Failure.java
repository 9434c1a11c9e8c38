package dev.qide.wire;

/// The failures of all endpoints, a closed set.
///
/// Clients switch on [#code()] and on the tags sent with it, never on the sentence. A failure has
/// the same name everywhere: `error.data.name` in JSON-RPC, `error.name` in a REST body, and the
/// reason of a CLOSE or a denied Auth in binary frames.
///
/// Codes -32700 to -32600 are JSON-RPC 2.0's, -32899 to -32800 the Language Server Protocol's; ours
/// begin at 1000.
public enum Failure {
    PARSE_ERROR(-32700, 400, "The message is not well-formed JSON. Send well-formed JSON."),
    INVALID_REQUEST(
            -32600,
            400,
            "The request or message is malformed. Correct the client; the tag `reason`, if present, "
                    + "names the rule that it breaks."),
    METHOD_NOT_FOUND(
            -32601,
            404,
            "There is no such method or endpoint. Check the name and the server's version."),
    INVALID_PARAMS(
            -32602,
            400,
            "The parameters do not have the shape that this method requires. Correct the "
                    + "client."),
    INTERNAL(-32603, 500, "The server failed unexpectedly. Search its log for the error id."),
    SERVER_NOT_INITIALIZED(
            -32002, 400, "The connection is not initialized. Send initialize first."),
    REQUEST_CANCELLED(
            -32800,
            499,
            "The client cancelled the request. Send it again if you still need the result."),
    CONTENT_MODIFIED(-32801, 409, "The text changed during the request. Send the request again."),
    SERVER_CANCELLED(-32802, 503, "The server cancelled the request. Retry shortly."),
    REQUEST_FAILED(
            -32803,
            502,
            "The request was valid but failed. Check the server's log, then try again."),

    UNAUTHENTICATED(1000, 401, "The token or cookie is missing, wrong or expired. Log in."),
    FORBIDDEN(1001, 403, "Your role or scope does not allow this. Ask the owner for access."),
    ORIGIN_REFUSED(
            1002,
            403,
            "This page's origin is not allowed. Ask the operator to add it to QIDE_ORIGINS."),
    TOO_MANY_ATTEMPTS(1003, 429, "Too many failed logins from this address. Wait a minute."),
    TOO_MANY_REQUESTS(1004, 429, "Too many requests. Slow down and try again."),
    TOO_MANY_CONNECTIONS(1005, 503, "Too many open connections. Close some and try again."),
    SERVER_STOPPING(1006, 503, "The server is stopping. Connect again shortly."),
    CSRF_TOKEN_WRONG(
            1007,
            403,
            "The header X-Qide-Csrf is missing or belongs to another login. Take it from the response "
                    + "to GET /api/me and send the request again."),
    DISPLAY_NAME_ILLEGAL(
            1010,
            400,
            "The name is not allowed. Use 1 to 60 visible characters, without "
                    + "control characters or characters that change the direction of text."),
    SETTING_UNKNOWN(1011, 404, "There is no setting with this name. List the settings."),
    TOO_MANY_SETTINGS(
            1012, 409, "Your settings have reached the limit. Delete some, or make them smaller."),
    SHARE_UNKNOWN(1013, 404, "There is no valid share with this id. List the shares."),
    TOO_MANY_SHARES(1014, 409, "The workspace has reached its limit of shares. Revoke some first."),

    TOKEN_UNKNOWN(1030, 404, "You have no valid token with this id. List your tokens."),
    SESSION_UNKNOWN(1031, 404, "You have no login session with this id. List your sessions."),
    TOO_MANY_TOKENS(1032, 409, "You have reached the limit of tokens. Revoke some first."),
    OWNER_NEEDED(
            1033,
            409,
            "An owner must remain. Make another user an owner first; the local owner cannot be "
                    + "deleted."),

    ORGANISATION_UNKNOWN(
            1040, 404, "There is no organisation with this name. List the organisations."),
    ORGANISATION_EXISTS(
            1041, 409, "An organisation with this name exists already. Choose another name."),
    TOO_MANY_ORGANISATIONS(
            1042, 409, "The server has reached its limit of organisations. Use an existing one."),
    MEMBER_UNKNOWN(1043, 404, "No member has this id. List the members."),
    INVITATION_UNKNOWN(1045, 404, "There is no invitation with this id. List the invitations."),
    TOO_MANY_INVITATIONS(
            1046,
            409,
            "The organisation has reached its limit of open invitations. Withdraw some first."),
    INCIDENT_UNKNOWN(1050, 404, "There is no incident with this id. Take it from GET /api/status."),
    WORKSPACE_UNKNOWN(
            1100,
            404,
            "There is no workspace with this name. Check the name, or list the workspaces."),
    PATH_ILLEGAL(1101, 400, "This is not a legal path inside a workspace. Use another path."),
    FILE_UNKNOWN(1102, 404, "There is no file at this path. Check the path, or list the files."),
    FILE_TOO_LARGE(
            1103, 413, "The file exceeds the size limit. Split it, or edit it outside the server."),
    FILE_NOT_TEXT(
            1104,
            415,
            "The file is not text in a supported encoding. Convert it, or send it as bytes."),
    FILE_IGNORED(
            1105,
            403,
            "This path is ignored and stays on disk only. Change .gitignore to share it."),
    IS_A_FOLDER(1106, 409, "There is a folder at this path. Use another path."),
    PRECONDITION_REQUIRED(
            1107,
            428,
            "The request must name the version it changes. Send If-Match with the ETag, "
                    + "or If-None-Match: *."),
    PRECONDITION_FAILED(
            1108, 412, "The file changed since you loaded it. Load it again and merge."),
    PATH_CLASH(
            1109, 409, "Another file's name differs from this one only in case. Use another name."),
    FILE_EXISTS(
            1110, 409, "This path is taken. Use another path, or delete the existing file first."),
    TOO_MANY_FILES(1111, 413, "The number of files exceeds the limit. Send fewer files."),
    ARCHIVE_REFUSED(
            1112,
            400,
            "The archive is unreadable or unsafe. Correct the entry that the tags name."),
    WORKSPACE_NAME_ILLEGAL(
            1113,
            400,
            "The workspace name is not allowed. Use 1 to 64 letters, digits, dots, "
                    + "hyphens and underscores, beginning with a letter or digit."),
    WORKSPACE_EXISTS(
            1114,
            409,
            "This name is taken, or differs from a taken name only in case. Choose "
                    + "another name."),
    TEMPLATE_UNKNOWN(1115, 404, "There is no template with this name. Choose one from the list."),
    TOO_MANY_WORKSPACES(1116, 409, "The number of workspaces has reached the limit. Delete some."),
    WORKSPACE_NOT_MANAGED(
            1117,
            409,
            "The workspace's directory was named on the command line, so the server does not "
                    + "delete it. Restart the server without it."),
    FILE_READ_ONLY(
            1120,
            403,
            "The file is read-only on disk. Ask its owner to make it writable "
                    + "(chmod u+w) first."),

    WORKSPACE_ELSEWHERE(
            1121,
            503,
            "Another server on this database has the workspace, and this one cannot forward requests "
                    + "to it. Try again in a moment; if that does not help, set QIDE_NODE_URL on "
                    + "that server, or use it directly."),
    FORWARDING_REFUSED(
            1122,
            421,
            "The request claims to come from another server on this database, but "
                    + "its signature is wrong or too old. Clients must not send the header "
                    + "Qide-Forwarded; the clocks of servers must not differ by more than a "
                    + "minute."),
    NODE_FAILED(
            1123,
            502,
            "The server that has the workspace ended before it answered. The "
                    + "request may have taken effect: check that, then try again."),
    WORKSPACE_FILES_UNAVAILABLE(
            1124,
            503,
            "The workspace's files cannot be restored on this server. The tag `reason` and the "
                    + "server's log say why. Try again, or ask the operator."),
    WORKSPACE_MOVED(
            1125,
            421,
            "Another server on this database forwarded the request, but this one "
                    + "does not have the workspace any more. Servers retry by themselves; try "
                    + "again in a moment."),
    WORKSPACE_FULL(
            1126,
            507,
            "The files of the workspace have reached the limit. Delete or ignore some, or ask the "
                    + "operator to raise kept-workspace-mebibytes in QIDE_LIMITS."),

    FRAME_MALFORMED(1200, 400, "The binary frame is malformed. Correct the client."),
    UPDATE_MALFORMED(
            1201,
            400,
            "The document update is malformed, or not in Yjs update format v1. Correct the client."),
    DOCUMENT_REPLACED(
            1202,
            409,
            "Another document has replaced the one at this path. Keep your text as a copy "
                    + "and open the path again."),
    GENESIS_FORGED(
            1203, 403, "Only the server may write under a genesis client id. Use a new Y.Doc."),
    TOO_MANY_DOCUMENTS(1204, 503, "Too many documents are open. Close some, then try again."),
    MESSAGE_TOO_LARGE(1205, 413, "The message exceeds the size limit. Send smaller messages."),
    DOCUMENT_UNAVAILABLE(
            1206,
            503,
            "The document cannot be loaded at the moment. Keep your text and try again."),
    STORE_UNAVAILABLE(1207, 503, "The database does not respond. Try again shortly."),

    LANGUAGE_UNKNOWN(
            1300,
            404,
            "No language server is declared for this language. Declare one in QIDE_LANGUAGES_FILE."),
    LANGUAGE_UNAVAILABLE(
            1301,
            503,
            "The language server cannot start. Run ./qide doctor, then try again in a "
                    + "minute."),
    LANGUAGE_NOT_TRUSTED(
            1302,
            403,
            "This language server runs the project's code, and the sandbox cannot "
                    + "isolate it. Install bubblewrap, or ask the owner to trust the "
                    + "workspace."),
    LANGUAGE_STOPPED(
            1303, 502, "The language server ended before it answered. Send the request again."),
    COMMAND_UNKNOWN(
            1305,
            404,
            "No language server here has this command. Open a document of its language first."),
    TRUST_GIVEN_AT_START(
            1304,
            409,
            "The workspace is trusted by --trust. Restart the server without that option."),

    MODEL_UNAVAILABLE(1400, 502, "The model did not answer. Check its provider and try again."),
    MODEL_NOT_CONFIGURED(
            1401,
            404,
            "No model is configured for this purpose. Add one to QIDE_MODELS_FILE, "
                    + "or with PUT /api/models/{model}."),
    CONVERSATION_UNKNOWN(
            1402,
            404,
            "You have no such conversation in this workspace, or its answer has ended. List the "
                    + "conversations."),
    BUDGET_EXHAUSTED(
            1403,
            402,
            "The budget for models is exhausted. Wait for its next period, or ask "
                    + "the owner to raise it."),
    CHANGE_SET_UNKNOWN(
            1404,
            404,
            "You have no such change set in this workspace, or it has ended. List the change "
                    + "sets, or let the model propose it again."),
    TOO_MANY_CHANGE_SETS(
            1405, 409, "There are too many open change sets. Accept or reject some first."),
    MODEL_OF_FILE(
            1407,
            409,
            "The models file defines this model. Change the file, then restart the server."),
    TOO_MANY_CONVERSATIONS(
            1406, 409, "Your conversations with models have reached the limit. Delete some."),

    TERMINALS_OFF(
            1500, 403, "Terminals are off on this server. Ask the operator to set QIDE_TERMINALS."),
    TERMINAL_UNAVAILABLE(
            1501,
            503,
            "The server cannot run terminals: they need Linux and a working sandbox. Run ./qide "
                    + "doctor; trust does not replace the sandbox."),
    TERMINAL_UNKNOWN(
            1502,
            404,
            "You have no such terminal in this workspace, or it has ended. List the terminals, or "
                    + "open another one."),
    TOO_MANY_TERMINALS(
            1503, 409, "There are too many terminals, as the tag `of` says. Close one first."),
    SHELL_UNKNOWN(
            1504, 404, "The server does not have this shell. Use one that the tag `shells` names."),
    TERMINAL_INPUT_FULL(
            1505,
            429,
            "The program does not read its input. Wait, or interrupt it, then send the input "
                    + "again."),
    FOLDER_UNKNOWN(
            1506,
            404,
            "There is no folder at this path. Check the path: the shell begins in a folder of the "
                    + "workspace.");

    private final int code;
    private final int httpStatus;
    private final String sentence;

    Failure(int code, int httpStatus, String sentence) {
        this.code = code;
        this.httpStatus = httpStatus;
        this.sentence = sentence;
    }

    /// The JSON-RPC error code.
    public int code() {
        return code;
    }

    /// The HTTP status of a REST answer.
    public int httpStatus() {
        return httpStatus;
    }

    /// The problem and the action to take, in English, for display; may change between versions.
    public String sentence() {
        return sentence;
    }

    /// The stable kebab-case name, for instance `document-replaced`.
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}

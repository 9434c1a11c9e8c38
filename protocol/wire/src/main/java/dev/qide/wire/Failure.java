package dev.qide.wire;

/// The closed list of what can go wrong, shared by every endpoint.
///
/// A client switches on [#code()] and on the tags that travel with it, never on the sentence. The
/// same failure has one name everywhere: `error.code` and `error.data.name` in JSON-RPC,
/// `error.name` in a REST body, the reason of a CLOSE or of a denied Auth on the binary side.
///
/// Codes -32700 to -32600 are JSON-RPC 2.0's, -32899 to -32800 the Language Server Protocol's; ours
/// begin at 1000.
public enum Failure {
    PARSE_ERROR(-32700, 400, "The message is not well-formed JSON."),
    INVALID_REQUEST(
            -32600, 400, "The message is not a JSON-RPC 2.0 request, notification or response."),
    METHOD_NOT_FOUND(-32601, 404, "There is no such method or endpoint here."),
    INVALID_PARAMS(-32602, 400, "The parameters do not have the shape that this method needs."),
    INTERNAL(
            -32603,
            500,
            "Something failed inside the server; its log has the story under the error id."),
    SERVER_NOT_INITIALIZED(-32002, 400, "Send initialize first."),
    REQUEST_CANCELLED(-32800, 499, "The request was cancelled."),
    CONTENT_MODIFIED(-32801, 409, "The text changed while the request was under way: ask again."),
    SERVER_CANCELLED(-32802, 503, "The server gave the request up: ask again in a moment."),
    REQUEST_FAILED(-32803, 502, "The request was well-formed, but it could not be done."),

    UNAUTHENTICATED(
            1000, 401, "Sign in first: the token or the cookie is missing, wrong or expired."),
    FORBIDDEN(1001, 403, "Your role does not allow this."),
    ORIGIN_REFUSED(1002, 403, "This page's origin is not on the server's list."),
    TOO_MANY_ATTEMPTS(1003, 429, "Too many failed logins from this address: wait a minute."),
    TOO_MANY_REQUESTS(1004, 429, "Too many requests: slow down."),
    TOO_MANY_CONNECTIONS(1005, 503, "Too many open connections: close some and try again."),
    SERVER_STOPPING(1006, 503, "The server is stopping: connect again in a moment."),

    WORKSPACE_UNKNOWN(1100, 404, "There is no workspace of this name."),
    PATH_ILLEGAL(1101, 400, "This is not a legal path inside a workspace."),
    FILE_UNKNOWN(1102, 404, "There is no file at this path."),
    FILE_TOO_LARGE(1103, 413, "The file is larger than the limit."),
    FILE_NOT_TEXT(1104, 415, "The file is not text in an encoding that can be kept."),
    FILE_IGNORED(1105, 403, "This path is on the ignore list: it stays on disk and is not shared."),
    IS_A_FOLDER(1106, 409, "There is a folder at this path."),
    PRECONDITION_REQUIRED(
            1107,
            428,
            "Say which version you change: If-Match with its ETag, or If-None-Match: *."),
    PRECONDITION_FAILED(
            1108, 412, "The file changed since you loaded it: load it again and merge."),
    PATH_CLASH(1109, 409, "Another file has a name that differs only in upper and lower case."),
    FILE_EXISTS(1110, 409, "There is something at this path already: nothing is overwritten."),
    TOO_MANY_FILES(1111, 413, "That is more files than the limit."),
    ARCHIVE_REFUSED(
            1112, 400, "The archive cannot be read, or holds what may not be in a workspace."),
    WORKSPACE_NAME_ILLEGAL(
            1113,
            400,
            "A workspace's name is 1 to 64 letters, digits, dots, hyphens and underscores, and begins"
                    + " with a letter or digit."),
    WORKSPACE_EXISTS(
            1114,
            409,
            "This name is taken, or differs from a taken one only in upper and lower case."),
    TEMPLATE_UNKNOWN(1115, 404, "There is no template of this name."),
    TOO_MANY_WORKSPACES(1116, 409, "That is more workspaces than the limit: delete some."),
    WORKSPACE_NOT_MANAGED(
            1117,
            409,
            "This workspace's directory was given at the start: it is a person's own and is not"
                    + " deleted."),
    FILE_READ_ONLY(
            1120,
            403,
            "The file is read-only on disk: its owner has to make it writable (chmod u+w) first."),

    FRAME_MALFORMED(1200, 400, "The binary frame cannot be read."),
    UPDATE_MALFORMED(1201, 400, "The document update cannot be read."),
    DOCUMENT_REPLACED(
            1202,
            409,
            "Another document has taken this path: keep your text as a copy and open it anew."),
    GENESIS_FORGED(1203, 403, "Only the server writes under a genesis client id."),
    TOO_MANY_DOCUMENTS(1204, 503, "Too many documents are open: close some."),
    MESSAGE_TOO_LARGE(1205, 413, "The message is larger than the limit."),
    DOCUMENT_UNAVAILABLE(
            1206, 503, "The document cannot be loaded just now: your text is kept, try again."),
    STORE_UNAVAILABLE(1207, 503, "The database does not answer just now: try again in a moment."),

    LANGUAGE_UNKNOWN(1300, 404, "No language server is declared for this language."),
    LANGUAGE_UNAVAILABLE(1301, 503, "The language server cannot be started."),
    LANGUAGE_NOT_TRUSTED(
            1302,
            403,
            "This language server runs the project's code, and the sandbox does not hold: the"
                    + " workspace's owner may trust it, or bubblewrap be installed."),
    LANGUAGE_STOPPED(1303, 502, "The language server ended before it answered."),
    TRUST_GIVEN_AT_START(
            1304, 409, "This workspace is trusted with --trust: start the server without it."),

    MODEL_UNAVAILABLE(1400, 502, "The model did not answer."),
    MODEL_NOT_CONFIGURED(
            1401, 404, "No model is configured for this purpose: name one in QIDE_MODELS_FILE.");

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

    /// The HTTP status that a REST endpoint answers with.
    public int httpStatus() {
        return httpStatus;
    }

    /// One English sentence for the person; may change between versions.
    public String sentence() {
        return sentence;
    }

    /// The stable kebab-case name, for instance `document-replaced`.
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}

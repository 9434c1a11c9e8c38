package dev.qide.server.telemetry;

import java.util.List;

/// All keys of log lines besides message, level, logger, thread and error. Indexes and dashboards
/// derive their fields from this list.
///
/// No value may contain users' text, a token, a credential or file content.
public final class LogKeys {
    private static final List<LogKey> ALL =
            List.of(
                    keyword("event.action", "the kind of event: package.verb_past"),
                    keyword(
                            "trace.id",
                            "the request or edit: 32 hexadecimal digits, W3C Trace Context"),
                    keyword("document", "the id of a document"),
                    keyword("workspace", "the id of a workspace"),
                    keyword("endpoint", "the first segment of a socket's path: ws or lsp"),
                    number("closeCode", "the WebSocket close code of a socket"),
                    number("socket", "the number of a socket since the start"),
                    keyword("languageServer", "the id of a language server's declaration"),
                    keyword(
                            "method",
                            "a method of the Language Server Protocol; other for a server-specific one"),
                    number("requests", "language requests since the last line of their session"),
                    number(
                            "updates",
                            "updates of a document since the last line for the same socket"),
                    keyword("model", "the name of a model in the models file"),
                    keyword("purpose", "the purpose of a model call: completion or chat"),
                    keyword("outcome", "how a call ended: completed, cancelled, failed or expired"),
                    keyword("tool", "the name of a tool that a model or a program called"),
                    keyword("principal", "the id of a user"),
                    number("inputTokens", "tokens of a model's request"),
                    number("outputTokens", "tokens of a model's answer"),
                    number("milliseconds", "a duration"),
                    number("secrets", "secrets that were replaced in a model's request"),
                    keyword(
                            "operation",
                            "an operation: a method and a path template, or a word of the audit log"),
                    keyword(
                            "object",
                            "the object of the operation, by name: a workspace and a path, or an id"),
                    keyword("address", "the address of a client"),
                    keyword("failure", "the wire name of a failure"),
                    keyword("reason", "the reason, from a closed set of the package"),
                    keyword("error.id", "the error id sent to the client"),
                    keyword("sqlState", "PostgreSQL's error code"),
                    keyword("node", "the id of a server on the database"),
                    keyword("part", "a part of the server, or one of its threads"),
                    keyword("setting", "a PostgreSQL setting with an unsafe value"),
                    keyword("output", "output of a PostgreSQL program, truncated"),
                    number("rows", "rows of document updates"),
                    number("files", "files of a workspace"),
                    number("bytes", "size in bytes"),
                    number("seconds", "a duration"),
                    number("http.response.status_code", "the status of an HTTP response"),
                    number("process.exit_code", "the exit code of a process"),
                    keywords("settings", "the settings at start, by name, secrets masked"));

    private LogKeys() {}

    /// All keys, each name once.
    public static List<LogKey> all() {
        return ALL;
    }

    /// One key.
    ///
    /// @param meaning for readers of the logs
    public record LogKey(String name, Kind kind, String meaning) {}

    /// The type of a key's value.
    public enum Kind {
        /// A short text, compared as a whole.
        KEYWORD,
        /// A whole number.
        NUMBER,
        /// Short texts by name.
        KEYWORDS
    }

    private static LogKey keyword(String name, String meaning) {
        return new LogKey(name, Kind.KEYWORD, meaning);
    }

    private static LogKey number(String name, String meaning) {
        return new LogKey(name, Kind.NUMBER, meaning);
    }

    private static LogKey keywords(String name, String meaning) {
        return new LogKey(name, Kind.KEYWORDS, meaning);
    }
}

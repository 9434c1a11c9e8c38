package dev.qide.server.telemetry;

import java.util.List;

/// Every key that a log line may carry besides its message, level, logger, thread and error: the
/// one place that lists them. What reads the logs, an index or a dashboard, is told by this list.
///
/// No key may hold what a person typed, a token, a credential or the content of a file.
public final class LogKeys {
    private static final List<LogKey> ALL =
            List.of(
                    word("event.action", "what happened: room.verb_past"),
                    word("document", "the id of a document"),
                    word("workspace", "the id of a workspace"),
                    number("socket", "the number of a socket since the start"),
                    word("languageServer", "the id of a language server's declaration"),
                    word("failure", "the wire name of a failure"),
                    word("reason", "why, from a closed set of the room that tells it"),
                    word("error.id", "the id that the client was told instead of the story"),
                    word("sqlState", "PostgreSQL's error code"),
                    word("part", "a part of the server, or one of its threads"),
                    word("setting", "a PostgreSQL setting that is not as it has to be"),
                    word("output", "what a program of PostgreSQL printed, cut"),
                    number("rows", "rows of document updates"),
                    number("files", "files of a workspace"),
                    number("bytes", "size in bytes"),
                    number("seconds", "how long it took"),
                    number("process.exit_code", "with what a process ended"),
                    words("settings", "the settings at start, by name, secrets masked"));

    private LogKeys() {}

    /// All keys, each name once.
    public static List<LogKey> all() {
        return ALL;
    }

    /// One key.
    ///
    /// @param meaning for whoever reads the logs
    public record LogKey(String name, Kind kind, String meaning) {}

    /// What a key's value is.
    public enum Kind {
        /// A short text that is compared as a whole.
        WORD,
        /// A whole number.
        NUMBER,
        /// Words by name.
        WORDS
    }

    private static LogKey word(String name, String meaning) {
        return new LogKey(name, Kind.WORD, meaning);
    }

    private static LogKey number(String name, String meaning) {
        return new LogKey(name, Kind.NUMBER, meaning);
    }

    private static LogKey words(String name, String meaning) {
        return new LogKey(name, Kind.WORDS, meaning);
    }
}

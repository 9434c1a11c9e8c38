package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/status`: one sentence about a component of the server, for
/// the status bar. Exactly one of `language` and `component` is present.
///
/// @param language the language server concerned
/// @param component the other component concerned: [#DATABASE]
/// @param severity whether the component fails; an `info` about it ends an earlier warning
public record StatusParams(
        @Nullable String language, @Nullable String component, String message, Severity severity) {
    /// The database that stores all edits. Editors are notified when it stops and when it responds
    /// again, and on initialization while it is down.
    public static final String DATABASE = "database";

    /// Whether the component works again or fails.
    public enum Severity {
        INFO,
        ERROR
    }
}

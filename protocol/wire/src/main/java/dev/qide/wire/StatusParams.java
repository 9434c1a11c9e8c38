package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/status`: one sentence about a part of the server, for the
/// status bar. Exactly one of `language` and `component` is there.
///
/// @param language the language server it is about
/// @param component the other part of the server it is about: [#DATABASE]
/// @param severity whether something does not work; an `info` about the same part ends it
public record StatusParams(
        @Nullable String language, @Nullable String component, String message, Severity severity) {
    /// The component that stores what people type. It is told when it stops and when it begins to
    /// answer, and to each editor that initializes in between.
    public static final String DATABASE = "database";

    public enum Severity {
        INFO,
        ERROR
    }
}

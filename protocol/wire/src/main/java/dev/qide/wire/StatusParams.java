package dev.qide.wire;

/// Parameters of the notification `qide/status`: one sentence about a part of the server, for the
/// status bar.
///
/// @param language the language server it is about
/// @param severity whether the person should act
public record StatusParams(String language, String message, Severity severity) {
    public enum Severity {
        INFO,
        ERROR
    }
}

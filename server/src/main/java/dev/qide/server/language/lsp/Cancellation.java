package dev.qide.server.language.lsp;

/// Recognises messages that cancel something. Every server in use gets them, whether it has that
/// request or not, so they do not count as a use of it.
final class Cancellation {
    /// No longer message is read for it.
    private static final int CHARACTERS = 512;

    private Cancellation() {}

    /// Whether a message is `$/cancelRequest` or `window/workDoneProgress/cancel`.
    ///
    /// @param message as JSON text
    static boolean is(String message) {
        return message.length() <= CHARACTERS
                && (message.contains("\"$/cancelRequest\"")
                        || message.contains("\"window/workDoneProgress/cancel\""));
    }
}

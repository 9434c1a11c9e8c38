package dev.qide.server.language;

import com.google.gson.JsonObject;
import dev.qide.wire.JsonRpcWriter;
import org.eclipse.lsp4j.MessageType;

/// Writes the notifications with a sentence for the person (LSP 3.18, "Window Features").
public final class WindowMessage {
    private WindowMessage() {}

    /// `window/logMessage`, which every LSP client shows in its output.
    public static String logged(MessageType type, String sentence) {
        return notification("window/logMessage", type, sentence);
    }

    /// `window/showMessage`, which an LSP client shows at once.
    public static String shown(MessageType type, String sentence) {
        return notification("window/showMessage", type, sentence);
    }

    private static String notification(String method, MessageType type, String sentence) {
        var params = new JsonObject();
        params.addProperty("type", type.getValue());
        params.addProperty("message", sentence);
        return JsonRpcWriter.notification(method, params);
    }
}

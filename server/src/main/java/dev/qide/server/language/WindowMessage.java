package dev.qide.server.language;

import com.google.gson.JsonObject;
import dev.qide.wire.JsonRpcWriter;
import org.eclipse.lsp4j.MessageType;

/// Writes `window/logMessage` (LSP 3.18), which every LSP client shows in its output.
public final class LogMessage {
    private LogMessage() {}

    public static String notification(MessageType type, String sentence) {
        var params = new JsonObject();
        params.addProperty("type", type.getValue());
        params.addProperty("message", sentence);
        return JsonRpcWriter.notification("window/logMessage", params);
    }
}

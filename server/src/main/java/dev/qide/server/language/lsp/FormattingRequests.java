package dev.qide.server.language.lsp;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.language.settings.ProjectStyle;
import java.util.Set;

/// Replaces the client's options in formatting requests by the project's style. If neither says
/// whether the last line ends with a line feed, a document that has one keeps it.
///
/// Owned by the link's thread.
record FormattingRequests(MessageTexts texts, OpenDocuments documents) {
    private static final Set<String> METHODS =
            Set.of(
                    "textDocument/formatting",
                    "textDocument/rangeFormatting",
                    "textDocument/rangesFormatting",
                    "textDocument/onTypeFormatting");
    private static final String FINAL_NEWLINE = "insertFinalNewline";

    /// @param envelope the envelope of the client's message
    /// @param message the message with the server's roots
    String styled(RunningServer running, JsonRpcEnvelope envelope, String message) {
        if (!METHODS.contains(String.valueOf(envelope.method()))) {
            return message;
        }
        var tree = texts.tree(message);
        if (!(tree.get("params") instanceof JsonObject params)
                || !(params.get("options") instanceof JsonObject options)
                || !(params.get("textDocument") instanceof JsonObject document)
                || !(document.get("uri") instanceof JsonPrimitive uri)) {
            return message;
        }
        boolean isChanged = false;
        var style = running.responses().declared().styleOf(uri.getAsString());
        if (style != null) {
            isChanged = ProjectStyle.putInto(options, style);
        }
        if (!options.has(FINAL_NEWLINE) && hasFinalNewline(envelope)) {
            options.addProperty(FINAL_NEWLINE, true);
            isChanged = true;
        }
        return isChanged ? tree.toString() : message;
    }

    private boolean hasFinalNewline(JsonRpcEnvelope envelope) {
        return envelope.tree().get("textDocument") instanceof JsonObject document
                && document.get("uri") instanceof JsonPrimitive uri
                && documents.endsWithNewline(uri.getAsString());
    }
}

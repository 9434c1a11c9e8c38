package dev.qide.server.ai;

import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;

/// Estimates the number of tokens of a text without the model's tokenizer. It tends to
/// overestimate, since budgets rely on it.
final class TokenEstimate {
    /// Current tokenizers need 3 to 4 bytes per token for code and English.
    static final double BYTES_PER_TOKEN = 3.0;

    private static final int PER_MESSAGE = 6;
    private static final int PER_IMAGE = 1_600;

    private TokenEstimate() {}

    static long of(String text) {
        return (long) Math.ceil(bytes(text) / BYTES_PER_TOKEN);
    }

    static long of(ModelRequest request) {
        return switch (request) {
            case ModelRequest.FillIn fillIn ->
                    of(fillIn.prefix()) + of(fillIn.suffix()) + 4L * PER_MESSAGE;
            case ModelRequest.Chat chat -> {
                long tokens = PER_MESSAGE;
                for (var part : chat.system()) {
                    tokens += of(part.text());
                }
                for (var message : chat.messages()) {
                    tokens += PER_MESSAGE;
                    tokens += message.parts().stream().mapToLong(TokenEstimate::of).sum();
                }
                for (var tool : chat.tools()) {
                    tokens += of(tool.name() + tool.description() + tool.schema());
                }
                var format = chat.options().format();
                if (format != null && format.schema() != null) {
                    tokens += of(format.schema().toString());
                }
                if (!chat.extras().members().isEmpty()) {
                    // For instance a prediction, which is billed as tokens.
                    tokens += of(chat.extras().members().toString());
                }
                yield tokens;
            }
        };
    }

    private static long of(Part part) {
        return switch (part) {
            case Part.Text(var text, _) -> of(text);
            case Part.Image _ -> PER_IMAGE;
            case Part.Thinking(var text, _) -> of(text);
            case Part.RedactedThinking(var data) -> of(data);
            case Part.ToolCall(_, var name, var arguments) -> of(name) + of(arguments);
            case Part.ToolResult result ->
                    of(result.text()) + (long) PER_IMAGE * result.images().size();
        };
    }

    /// The length of a text in UTF-8, in bytes.
    static long bytes(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            bytes += unit < 0x80 ? 1 : unit < 0x800 || Character.isSurrogate(unit) ? 2 : 3;
        }
        return bytes;
    }
}

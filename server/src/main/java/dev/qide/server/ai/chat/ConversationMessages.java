package dev.qide.server.ai.chat;

import com.google.gson.reflect.TypeToken;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.wire.ChatParams;
import dev.qide.wire.ConversationHistory.Message;
import dev.qide.wire.ConversationHistory.Role;
import dev.qide.wire.WireJson;
import java.util.ArrayList;
import java.util.List;

/// The messages of a conversation, in their stored form and as a request to a model. Immutable.
///
/// @param messages oldest first
public record ConversationMessages(List<Message> messages) {
    private static final int TITLE_CHARS = 80;
    private static final String INSTRUCTION =
            "You are a coding assistant in a shared editor. Answer in Markdown, and put code into fenced blocks.";

    public ConversationMessages {
        messages = List.copyOf(messages);
    }

    /// Reads the stored form.
    public static ConversationMessages parse(String json) {
        return new ConversationMessages(WireJson.readAny(json, new TypeToken<>() {}));
    }

    /// The stored form: a JSON array.
    public String toJson() {
        return "[" + String.join(",", messages.stream().map(WireJson::write).toList()) + "]";
    }

    public ConversationMessages with(Role role, String text, boolean isWhole) {
        var more = new ArrayList<>(messages);
        more.add(new Message(role, text, isWhole));
        return new ConversationMessages(more);
    }

    /// The length of all texts, in UTF-16 units.
    public long characters() {
        return messages.stream().mapToLong(message -> message.text().length()).sum();
    }

    /// The beginning of the first message, on one line.
    public String title() {
        var first = messages.isEmpty() ? "" : messages.getFirst().text().strip();
        int end =
                first.offsetByCodePoints(
                        0, Math.min(TITLE_CHARS, first.codePointCount(0, first.length())));
        return first.substring(0, end).replaceAll("\\s+", " ");
    }

    /// The request for the next answer. The provider may cache all of it.
    ///
    /// @param context texts to send with the last message
    public ModelRequest.Chat request(List<ChatParams.Context> context) {
        var turns = new ArrayList<ModelRequest.Message>();
        for (int i = 0; i < messages.size(); i++) {
            var message = messages.get(i);
            boolean isLast = i == messages.size() - 1;
            var parts = new ArrayList<Part>();
            if (isLast) {
                context.forEach(text ->
                        parts.add(
                                new Part.Text("File %s:\n%s".formatted(text.path(), text.text()))));
            }
            // A turn that was stopped at once is empty, which providers refuse.
            parts.add(new Part.Text(message.text().isEmpty() ? "…" : message.text(), isLast));
            turns.add(
                    new ModelRequest.Message(
                            switch (message.role()) {
                                case USER -> ModelRequest.Role.USER;
                                case ASSISTANT -> ModelRequest.Role.ASSISTANT;
                            },
                            parts));
        }
        return new ModelRequest.Chat(
                List.of(new Part.Text(INSTRUCTION, true)),
                turns,
                List.of(),
                new ModelRequest.ToolChoice.Auto(),
                ModelRequest.Options.DEFAULTS,
                ModelRequest.Extras.NONE);
    }
}

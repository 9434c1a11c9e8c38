package dev.qide.server.ai.chat;

import com.google.gson.reflect.TypeToken;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.CachePoint;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.wire.ChatParams;
import dev.qide.wire.ConversationHistory.Message;
import dev.qide.wire.ConversationHistory.Role;
import dev.qide.wire.ToolUse;
import dev.qide.wire.WireJson;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    public ConversationMessages withQuestion(String text) {
        return with(new Message(Role.USER, storable(text), true, null));
    }

    /// @param tools the calls of tools in the answer
    public ConversationMessages withAnswer(String text, boolean isWhole, List<ToolUse> tools) {
        var calls = tools.stream().map(ConversationMessages::storable).toList();
        return with(new Message(Role.ASSISTANT, storable(text), isWhole, calls));
    }

    private static ToolUse storable(ToolUse tool) {
        var result = tool.result();
        return new ToolUse(
                tool.id(),
                storable(tool.name()),
                storable(tool.arguments()),
                result == null ? null : storable(result),
                tool.isError());
    }

    /// PostgreSQL stores no U+0000 in text or in `jsonb`.
    private static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }

    private ConversationMessages with(Message message) {
        var more = new ArrayList<>(messages);
        more.add(message);
        return new ConversationMessages(more);
    }

    /// UTF-16 units of all texts, those of tools included.
    public long characters() {
        return messages.stream()
                .mapToLong(message -> message.text().length() + toolCharacters(message.tools()))
                .sum();
    }

    private static long toolCharacters(@Nullable List<ToolUse> tools) {
        return tools == null
                ? 0
                : tools.stream()
                        .mapToLong(tool ->
                                tool.arguments().length()
                                        + (tool.result() == null ? 0 : tool.result().length()))
                        .sum();
    }

    /// The beginning of the first message, on one line.
    public String title() {
        var first = messages.isEmpty() ? "" : messages.getFirst().text().strip();
        int end =
                first.offsetByCodePoints(
                        0, Math.min(TITLE_CHARS, first.codePointCount(0, first.length())));
        return first.substring(0, end).replaceAll("\\s+", " ");
    }

    /// The request that continues the conversation. The provider may cache all of it. Of earlier
    /// answers it has the texts, not the results of their tools: files may have changed since.
    ///
    /// @param context texts that belong to the last message
    /// @param tools what the model may call
    public ModelRequest.Chat request(
            List<ChatParams.Context> context, List<ModelRequest.Tool> tools) {
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
            parts.add(
                    new Part.Text(
                            message.text().isEmpty() ? "…" : message.text(),
                            isLast ? CachePoint.FIVE_MINUTES : CachePoint.NONE));
            turns.add(
                    new ModelRequest.Message(
                            switch (message.role()) {
                                case USER -> ModelRequest.Role.USER;
                                case ASSISTANT -> ModelRequest.Role.ASSISTANT;
                            },
                            parts));
        }
        return new ModelRequest.Chat(
                List.of(new Part.Text(INSTRUCTION, CachePoint.FIVE_MINUTES)),
                turns,
                tools,
                new ModelRequest.ToolChoice.Auto(),
                ModelRequest.Options.DEFAULTS,
                ModelRequest.Extras.NONE);
    }
}

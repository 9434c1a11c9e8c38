package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `qide/conversationHistory`: all messages of a conversation.
public record ConversationHistory(String conversation, String title, List<Message> messages) {
    public ConversationHistory {
        messages = List.copyOf(messages);
    }

    /// @param isWhole whether the answer was generated to its end
    /// @param tools the calls of tools in an answer; absent without any
    public record Message(Role role, String text, boolean isWhole, @Nullable List<ToolUse> tools) {
        public Message {
            tools = tools == null || tools.isEmpty() ? null : List.copyOf(tools);
        }
    }

    /// The author of a message: the person, or the model.
    public enum Role {
        USER,
        ASSISTANT
    }
}

package dev.qide.wire;

import java.util.List;

/// Answer to `qide/conversationHistory`: all messages of a conversation.
public record ConversationHistory(String conversation, String title, List<Message> messages) {
    public ConversationHistory {
        messages = List.copyOf(messages);
    }

    /// @param isWhole whether the answer was generated to its end
    public record Message(Role role, String text, boolean isWhole) {}

    public enum Role {
        USER,
        ASSISTANT
    }
}

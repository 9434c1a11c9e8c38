package dev.qide.wire;

import java.util.List;

/// Answer to `qide/conversationList`: the caller's conversations in this workspace, the latest
/// first, at most 200; and the models to choose from.
public record ConversationList(List<Entry> conversations, List<String> models) {
    public ConversationList {
        conversations = List.copyOf(conversations);
        models = List.copyOf(models);
    }

    /// @param title the beginning of the first message
    /// @param updatedAt ISO 8601
    public record Entry(String conversation, String title, String updatedAt) {}
}

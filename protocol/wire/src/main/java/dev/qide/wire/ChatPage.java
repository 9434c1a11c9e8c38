package dev.qide.wire;

import java.util.List;

/// Answer to `qide/chatHistory`.
///
/// @param messages oldest first
/// @param more whether there are older ones
public record ChatPage(List<ChatMessage> messages, boolean more) {
    public ChatPage {
        messages = List.copyOf(messages);
    }
}

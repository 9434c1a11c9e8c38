package dev.qide.wire;

import java.util.List;

/// Answer to `qide/teamChatHistory`.
///
/// @param messages oldest first
/// @param more whether there are older ones
public record TeamChatPage(List<TeamChatMessage> messages, boolean more) {
    public TeamChatPage {
        messages = List.copyOf(messages);
    }
}

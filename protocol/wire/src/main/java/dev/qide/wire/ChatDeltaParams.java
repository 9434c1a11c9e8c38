package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/chatDelta`: a part of an answer.
///
/// @param sequence from 1 within a turn, without gaps; [ConversationResumeParams] refers to it
/// @param text empty for a tool
/// @param tool only with the kind `tool`: sent when the call begins, and again with its result
public record ChatDeltaParams(
        String conversation,
        String turn,
        int sequence,
        Kind kind,
        String text,
        @Nullable ToolUse tool) {
    /// What a part of an answer is: its text, the model's thinking, or a call of a tool.
    public enum Kind {
        TEXT,
        THINKING,
        TOOL
    }
}

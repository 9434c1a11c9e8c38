package dev.qide.wire;

/// Parameters of the notification `qide/chatDelta`: a part of an answer.
///
/// @param sequence from 1 within a turn, without gaps; [ConversationResumeParams] refers to it
public record ChatDeltaParams(
        String conversation, String turn, int sequence, Kind kind, String text) {
    public enum Kind {
        TEXT,
        THINKING
    }
}

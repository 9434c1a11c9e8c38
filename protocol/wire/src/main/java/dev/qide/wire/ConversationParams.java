package dev.qide.wire;

/// Parameters of the requests `qide/conversationHistory` and `qide/conversationDelete`.
public record ConversationParams(String conversation) {}

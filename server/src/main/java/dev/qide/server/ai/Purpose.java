package dev.qide.server.ai;

/// What a model is configured for.
public enum Purpose {
    CHAT,
    COMPLETION
}

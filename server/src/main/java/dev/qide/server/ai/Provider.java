package dev.qide.server.ai;

/// Whose dialect a model speaks.
public enum Provider {
    OPENAI,
    ANTHROPIC,
    GOOGLE,
    OLLAMA
}

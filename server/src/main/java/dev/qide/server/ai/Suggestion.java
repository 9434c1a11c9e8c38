package dev.qide.server.ai;

/// The text of an inline completion.
///
/// @param text to insert at the caret; empty for no suggestion
/// @param model the name of the model that generated it, which may be a fallback
public record Suggestion(String text, String model) {}

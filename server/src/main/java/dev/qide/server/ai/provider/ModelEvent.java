package dev.qide.server.ai.provider;

/// A part of an answer, in the form that all dialects share.
public sealed interface ModelEvent {
    /// Whether a client sees something of it; failover ends at the first such event.
    default boolean isContent() {
        return switch (this) {
            case Started _, Used _, Finished _ -> false;
            case Text _, Thinking _, Signature _, RedactedThinking _, Image _ -> true;
            case ToolCall _, ToolArguments _ -> true;
        };
    }

    /// The provider began to answer.
    ///
    /// @param id the provider's id of the answer; may be empty
    record Started(String id) implements ModelEvent {}

    record Text(String text) implements ModelEvent {}

    record Thinking(String text) implements ModelEvent {}

    /// The signature of the thinking so far, which the provider wants back unchanged.
    record Signature(String value) implements ModelEvent {}

    /// Thinking that only the provider can read.
    record RedactedThinking(String data) implements ModelEvent {}

    /// A generated image.
    ///
    /// @param base64 the bytes
    record Image(String mediaType, String base64) implements ModelEvent {}

    /// A call of a tool begins.
    ///
    /// @param index from 0 within the answer
    record ToolCall(int index, String id, String name) implements ModelEvent {}

    /// A fragment of the JSON arguments of a call.
    record ToolArguments(int index, String json) implements ModelEvent {}

    /// What the provider has counted so far; replaces earlier counts.
    record Used(Usage usage) implements ModelEvent {}

    /// The answer is whole.
    ///
    /// @param sequence the stop sequence that ended it; empty for another reason
    record Finished(StopReason reason, String sequence) implements ModelEvent {}

    /// Why an answer ended.
    enum StopReason {
        END,
        LENGTH,
        STOP_SEQUENCE,
        TOOL_USE,
        FILTER,
        REFUSAL,
        PAUSE
    }

    /// Tokens of one call.
    ///
    /// @param input all tokens of the request, those of the cache included
    /// @param cacheRead those that were read from the provider's cache
    /// @param cacheWrite those that were written to it
    /// @param output all tokens of the answer, reasoning included
    /// @param reasoning those of reasoning
    record Usage(long input, long cacheRead, long cacheWrite, long output, long reasoning) {
        public static final Usage NONE = new Usage(0, 0, 0, 0, 0);
    }
}

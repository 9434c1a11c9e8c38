package dev.qide.server.ai.provider;

/// An event of an answer, common to all dialects.
public sealed interface ModelEvent {
    /// Whether clients see it; failover ends at the first such event.
    default boolean isContent() {
        return switch (this) {
            case Started _, Used _, Finished _ -> false;
            case Text _, Thinking _, Signature _, RedactedThinking _, Image _ -> true;
            case ToolCall _, ToolArguments _ -> true;
        };
    }

    /// The answer begins.
    ///
    /// @param id the provider's id of the answer; may be empty
    record Started(String id) implements ModelEvent {}

    record Text(String text) implements ModelEvent {}

    record Thinking(String text) implements ModelEvent {}

    /// The signature of the thinking so far, which the provider expects back unchanged.
    record Signature(String value) implements ModelEvent {}

    /// Thinking that only the provider can read.
    record RedactedThinking(String data) implements ModelEvent {}

    /// A generated image.
    ///
    /// @param base64 the bytes
    record Image(String mediaType, String base64) implements ModelEvent {}

    /// A tool call begins.
    ///
    /// @param index from 0 within the answer
    record ToolCall(int index, String id, String name) implements ModelEvent {}

    /// A fragment of a tool call's JSON arguments.
    record ToolArguments(int index, String json) implements ModelEvent {}

    /// The provider's counts so far, which replace earlier counts.
    record Used(Usage usage) implements ModelEvent {}

    /// The answer is complete.
    ///
    /// @param sequence the stop sequence that ended it; empty for another reason
    record Finished(StopReason reason, String sequence) implements ModelEvent {}

    /// The reason for the end of an answer.
    enum StopReason {
        END,
        LENGTH,
        STOP_SEQUENCE,
        TOOL_USE,
        FILTER,
        REFUSAL,
        PAUSE
    }

    /// The tokens of one call. Counts outside of their bounds, as a faulty provider may report
    /// them, become the nearest bound.
    ///
    /// @param input all tokens of the request, including cached ones; at most 10⁹
    /// @param cacheRead tokens read from the provider's cache; at most `input`
    /// @param cacheWrite tokens written to it; at most the rest of `input`
    /// @param output all tokens of the answer, including reasoning; at most 10⁹
    /// @param reasoning tokens of reasoning; at most `output`
    record Usage(long input, long cacheRead, long cacheWrite, long output, long reasoning) {
        public static final Usage NONE = new Usage(0, 0, 0, 0, 0);

        public Usage {
            input = Math.clamp(input, 0, JsonFields.MOST);
            cacheRead = Math.clamp(cacheRead, 0, input);
            cacheWrite = Math.clamp(cacheWrite, 0, input - cacheRead);
            output = Math.clamp(output, 0, JsonFields.MOST);
            reasoning = Math.clamp(reasoning, 0, output);
        }
    }
}

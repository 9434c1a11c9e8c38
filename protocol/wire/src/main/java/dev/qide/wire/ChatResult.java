package dev.qide.wire;

/// Answer to `qide/chat` and `qide/conversationResume`: the turn is whole.
///
/// @param model the name of the model that answered
/// @param sequence the number of the last delta
/// @param inputTokens as the provider reports them
/// @param outputTokens as the provider reports them
public record ChatResult(
        String conversation,
        String turn,
        String model,
        int sequence,
        Stop stop,
        long inputTokens,
        long outputTokens) {
    /// Why the answer ended.
    public enum Stop {
        END,
        /// The model's bound of output tokens.
        LENGTH,
        /// The provider filtered the answer, or the model refused.
        FILTER
    }
}

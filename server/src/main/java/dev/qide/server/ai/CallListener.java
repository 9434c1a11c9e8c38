package dev.qide.server.ai;

/// Receives the end of each call of a model. Must not block.
public interface CallListener {
    /// @param model the name in the models file
    /// @param outcome `completed`, `cancelled` or `failed`
    void called(Caller caller, String model, String outcome);
}

package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parameters of the request `qide/chat`: one turn of a conversation. The answer is streamed as
/// [ChatDeltaParams] and ends with [ChatResult].
///
/// @param conversation the conversation to continue; absent for a new one whose id the server
///   chooses
/// @param create whether to create the conversation if none has this id, a UUID chosen by the
///   client
/// @param text the person's message, at most 200,000 UTF-16 units
/// @param model the name of a model; absent for the first one for chat
/// @param context additional texts for the model, for instance a selection
/// @param tools whether the model may use the workspace's tools; without it, it may not
public record ChatParams(
        @Nullable String conversation,
        @Nullable Boolean create,
        String text,
        @Nullable String model,
        @Nullable List<Context> context,
        @Nullable Boolean tools) {
    /// A text of the workspace.
    ///
    /// @param path inside the workspace
    public record Context(String path, String text) {}
}

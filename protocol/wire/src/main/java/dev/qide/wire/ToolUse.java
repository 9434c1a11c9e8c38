package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// A call of a workspace's tool by a model.
///
/// @param id unique within the turn
/// @param name for instance `read_file`
/// @param arguments a JSON object as text, at most 4,000 UTF-16 units of it
/// @param result absent while the call runs; at most 4,000 UTF-16 units of it
/// @param isError whether the result is a failure that the model has read
public record ToolUse(
        String id, String name, String arguments, @Nullable String result, boolean isError) {
    /// The most text of the arguments, and of the result, in UTF-16 units.
    public static final int CHARACTERS = 4_000;

    public ToolUse {
        arguments = cut(arguments);
        result = result == null ? null : cut(result);
    }

    private static String cut(String text) {
        return text.length() <= CHARACTERS ? text : text.substring(0, CHARACTERS - 1) + "…";
    }
}

package dev.qide.server.tools;

import com.google.gson.JsonObject;
import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.ai.WorkspaceTools.ToolCaller;

/// One tool.
///
/// @param title the name that people read
/// @param description for the model
/// @param schema JSON Schema of the arguments
/// @param isReadOnly whether it changes nothing; the others need the right to edit
/// @param cost what a call counts as
record Tool(
        String name,
        String title,
        String description,
        JsonObject schema,
        boolean isReadOnly,
        Cost cost,
        Handler handler) {
    /// Answers a call.
    @FunctionalInterface
    interface Handler {
        /// @throws dev.qide.wire.FailureException for the model to read
        String answer(ToolCaller caller, ToolArguments arguments) throws InterruptedException;
    }
}

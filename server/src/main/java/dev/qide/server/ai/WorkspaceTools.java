package dev.qide.server.ai;

import com.google.gson.JsonObject;
import java.util.List;

/// The workspace as tools that a model may call. Implemented by `tools`. Thread-safe; calls block.
public interface WorkspaceTools {
    /// The rate to which a tool call counts, in addition to that of calls.
    enum Cost {
        NONE,
        SEARCH,
        LANGUAGE_REQUEST
    }

    /// The person on whose behalf tools are called, with that person's current rights.
    interface Rights {
        /// The person's name that others see.
        String name();

        /// Whether the person may currently read the workspace.
        boolean canRead();

        /// Whether the person may currently edit the workspace.
        boolean canEdit();

        /// Counts a call for the person.
        ///
        /// @return to close when the call has ended
        /// @throws dev.qide.wire.FailureException `TOO_MANY_REQUESTS`
        Counted count(Cost cost);
    }

    /// A call that counts until it is closed.
    @FunctionalInterface
    interface Counted extends AutoCloseable {
        @Override
        void close();
    }

    /// The person on whose behalf a tool is called.
    ///
    /// @param agent the name of the model or program that calls, which other people see
    record ToolCaller(Chats.Member member, String agent, Rights rights) {}

    /// A tool as a model is told of it.
    ///
    /// @param schema JSON Schema of the arguments: an object
    record Definition(String name, String description, JsonObject schema) {}

    /// The answer to a call.
    ///
    /// @param text the result, or a sentence that says what to do next; at most 120,000 UTF-16
    ///   units
    record Outcome(String text, boolean isError) {}

    /// The tools that a caller may use now.
    List<Definition> definitions(Rights rights);

    /// Calls a tool. A mistake of the caller is an [Outcome] that the model can read.
    ///
    /// @param arguments a JSON object as text
    Outcome call(ToolCaller caller, String name, String arguments) throws InterruptedException;
}

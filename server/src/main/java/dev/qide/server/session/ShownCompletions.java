package dev.qide.server.session;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.ai.Caller;
import dev.qide.server.ai.Completions;
import dev.qide.server.ai.Suggestion;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.lsp4j.Command;
import org.jspecify.annotations.Nullable;

/// The inline completions that one editor was sent, so that it can report which the person
/// accepted: the editor executes the command of the accepted item (LSP 3.18,
/// `InlineCompletionItem.command`). Owned by the session's thread.
final class ShownCompletions {
    /// The command. Its only argument is an id that [#command] made.
    static final String ACCEPTED = "qide.completionAccepted";

    /// An editor can still accept one of the latest completions.
    private static final int COMPLETIONS = 64;

    private static final String TITLE = "Completion accepted";

    private final Completions completions;
    private final Caller caller;
    private final LinkedHashMap<String, Suggestion> shown = new LinkedHashMap<>();

    /// @param caller the person who requests completions
    ShownCompletions(Completions completions, Caller caller) {
        this.completions = completions;
        this.caller = caller;
    }

    /// Whether a request reports an accepted completion.
    static boolean isAcceptance(RpcMessage.Request request) {
        return request.method().equals("workspace/executeCommand")
                && ACCEPTED.equals(request.target().command());
    }

    /// Counts a completion as shown.
    ///
    /// @return the command that reports its acceptance
    Command command(Suggestion suggestion) {
        var id = UUID.randomUUID().toString();
        shown.put(id, suggestion);
        if (shown.size() > COMPLETIONS) {
            var _ = shown.pollFirstEntry();
        }
        completions.shown(caller, suggestion);
        return new Command(TITLE, ACCEPTED, List.of(id));
    }

    /// Counts a completion as accepted, once. One of an earlier connection, or that is older than
    /// the latest 64, is not counted.
    ///
    /// @param params `ExecuteCommandParams`
    /// @throws FailureException `INVALID_PARAMS`
    void accepted(@Nullable JsonObject params) {
        var suggestion = shown.remove(id(params));
        if (suggestion != null) {
            completions.accepted(caller, suggestion);
        }
    }

    private static String id(@Nullable JsonObject params) {
        if (params != null
                && params.get("arguments") instanceof JsonArray arguments
                && arguments.size() == 1
                && arguments.get(0) instanceof JsonPrimitive id
                && id.isString()) {
            return id.getAsString();
        }
        throw new FailureException(Failure.INVALID_PARAMS, Map.of("reason", "arguments"));
    }
}

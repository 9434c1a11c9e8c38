package dev.qide.server.session.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import java.time.Duration;
import java.util.List;

/// The kinds of code actions that a client requests (LSP 3.18, `CodeActionContext.only`). A kind
/// includes its sub-kinds: `source` includes `source.fixAll.eslint`.
///
/// @param only empty for all kinds
public record CodeActionKinds(List<String> only) {
    private static final String SOURCE = "source";

    public CodeActionKinds {
        only = List.copyOf(only);
    }

    /// @param json the whole request
    public static CodeActionKinds read(String json) {
        var params = RpcMessage.params(json);
        return new CodeActionKinds(
                params != null && JsonPath.at(params, "context.only") instanceof JsonArray kinds
                        ? texts(kinds)
                        : List.of());
    }

    /// Whether only source actions are requested. A person who saved the file, or chose a command
    /// such as "Fix all", waits for them; editors request the others whenever the cursor moves.
    public boolean areOnlySource() {
        return !only.isEmpty() && only.stream().allMatch(kind -> includes(SOURCE, kind));
    }

    /// How long the actions of the primary server wait for those of auxiliary servers.
    ///
    /// @param haveStarted whether the auxiliary servers have started: a save does not wait for an
    ///   installation
    public Duration auxiliaryWait(boolean haveStarted) {
        return haveStarted && areOnlySource()
                ? MergedRequests.SOURCE_ACTION_WAIT
                : MergedRequests.AUXILIARY_WAIT;
    }

    /// Whether a server may have code actions of these kinds.
    ///
    /// @param capabilities the server's; without `codeActionKinds` it may have all
    public boolean mayBeProvidedBy(JsonObject capabilities) {
        var provided = JsonPath.at(capabilities, "codeActionProvider.codeActionKinds");
        return only.isEmpty()
                || !(provided instanceof JsonArray kinds)
                || kinds.isEmpty()
                || texts(kinds).stream().anyMatch(this::overlaps);
    }

    private boolean overlaps(String kind) {
        return only.stream()
                .anyMatch(requested -> includes(requested, kind) || includes(kind, requested));
    }

    private static boolean includes(String kind, String other) {
        return kind.isEmpty() || other.equals(kind) || other.startsWith(kind + ".");
    }

    private static List<String> texts(JsonArray kinds) {
        return kinds.asList().stream()
                .filter(JsonPrimitive.class::isInstance)
                .map(kind -> kind.getAsString())
                .toList();
    }
}

package dev.qide.server.session.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.LspMethod;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The capabilities of the language servers of one session: what each has announced in
/// `initialize`, and until then its declaration.
///
/// Thread-safe: the threads of servers write, the session's thread reads.
public final class SessionCapabilities {
    private static final JsonObject NONE = new JsonObject();

    private final Function<String, @Nullable JsonObject> declared;
    private final Map<String, JsonObject> announced = new ConcurrentHashMap<>();

    /// @param declared the declared `ServerCapabilities` of a language, null for an undeclared one
    public SessionCapabilities(Function<String, @Nullable JsonObject> declared) {
        this.declared = declared;
    }

    /// Records the capabilities that a server has announced; the latest replace earlier ones.
    ///
    /// @return the capabilities announced before, null for none
    public @Nullable JsonObject announced(String language, JsonObject capabilities) {
        return announced.put(language, capabilities);
    }

    /// Whether the server of a language has announced its capabilities, so that it has started.
    public boolean areAnnounced(String language) {
        return announced.containsKey(language);
    }

    /// The `ServerCapabilities` of a language's server. Must not be changed.
    public JsonObject of(String language) {
        var own = announced.get(language);
        var known = own == null ? declared.apply(language) : own;
        return known == null ? NONE : known;
    }

    /// Whether the server of a language answers a method.
    public boolean answers(String language, LspMethod method) {
        return method.isAnsweredBy(of(language));
    }

    /// Whether a request triggered by a typed character is for this server. `/ws` announces the
    /// trigger characters of all servers together, so clients also send those of other servers.
    public boolean isTriggeredBy(String language, String method, String character) {
        var capabilities = of(language);
        return switch (method) {
            case "textDocument/completion" ->
                    has(capabilities.get("completionProvider"), "triggerCharacters", character);
            case "textDocument/signatureHelp" ->
                    has(capabilities.get("signatureHelpProvider"), "triggerCharacters", character)
                            || has(
                                    capabilities.get("signatureHelpProvider"),
                                    "retriggerCharacters",
                                    character);
            case "textDocument/onTypeFormatting" -> isFormattedAfter(capabilities, character);
            default -> true;
        };
    }

    /// The language whose server executes a command: the one in use that announced it, else one
    /// whose declaration names it; null for none.
    ///
    /// @param all the declared languages
    public @Nullable String ownerOf(
            String command, Collection<String> inUse, Collection<String> all) {
        return Stream.concat(inUse.stream(), all.stream())
                .filter(language ->
                        isNamed(command, of(language))
                                || isNamed(command, declared.apply(language)))
                .findFirst()
                .orElse(null);
    }

    /// Some servers execute commands that their `initialize` result does not name.
    private static boolean isNamed(String command, @Nullable JsonObject capabilities) {
        return capabilities != null
                && has(capabilities.get("executeCommandProvider"), "commands", command);
    }

    private static boolean isFormattedAfter(JsonObject capabilities, String character) {
        var options = capabilities.get("documentOnTypeFormattingProvider");
        return options instanceof JsonObject object
                && (new JsonPrimitive(character).equals(object.get("firstTriggerCharacter"))
                        || has(object, "moreTriggerCharacter", character));
    }

    private static boolean has(@Nullable JsonElement options, String member, String value) {
        return options instanceof JsonObject object
                && object.get(member) instanceof JsonArray values
                && values.contains(new JsonPrimitive(value));
    }
}

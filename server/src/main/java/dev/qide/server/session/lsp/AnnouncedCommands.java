package dev.qide.server.session.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The commands that the language servers of one session announce beyond their declarations
/// (`executeCommandProvider`), as registrations with its client (LSP 3.18,
/// "client/registerCapability"). The result of `initialize` names those of all declarations, since
/// a client may execute one before its server runs. The others become known when their server has
/// started.
///
/// Thread-safe: the threads of servers announce. Invariant: a client gets no command twice, since
/// editors refuse a second registration of one name.
public final class AnnouncedCommands {
    private static final String METHOD = "workspace/executeCommand";
    private static final String PROVIDER = "executeCommandProvider.commands";
    private static final String DYNAMIC = "workspace.executeCommand.dynamicRegistration";

    /// Of one server. Further ones are not registered.
    private static final int COMMANDS = 1_000;

    private final Map<String, Set<String>> registered = new HashMap<>();
    private Set<String> declared = Set.of();
    private boolean isDynamic;

    /// The client has initialized.
    ///
    /// @param client its `ClientCapabilities`; one that does not register commands gets none
    /// @param names the commands in the result of `initialize`
    public synchronized void begin(JsonObject client, Collection<String> names) {
        isDynamic = JsonPath.isTrue(client, DYNAMIC);
        declared = Set.copyOf(names);
    }

    /// A server has announced its capabilities; the latest replace earlier ones.
    ///
    /// @return the messages for the client, in order
    public synchronized List<ProviderTable.Change> announced(
            String language, JsonObject capabilities) {
        if (!isDynamic) {
            return List.of();
        }
        var before = registered.getOrDefault(language, Set.of());
        registered.remove(language);
        var now = new TreeSet<>(commands(capabilities));
        now.removeAll(declared);
        registered.values().forEach(now::removeAll);
        registered.put(language, now);
        if (now.equals(before)) {
            return List.of();
        }
        var messages = new ArrayList<ProviderTable.Change>();
        if (!before.isEmpty()) {
            messages.add(ProviderTable.unregistering(list(registration(language))));
        }
        if (!now.isEmpty()) {
            messages.add(ProviderTable.registering(list(registration(language, now))));
        }
        return messages;
    }

    /// The commands in `ServerCapabilities`.
    public static List<String> commands(JsonObject capabilities) {
        return JsonPath.at(capabilities, PROVIDER) instanceof JsonArray commands
                ? commands.asList().stream()
                        .filter(name -> name instanceof JsonPrimitive text && text.isString())
                        .map(JsonElement::getAsString)
                        .limit(COMMANDS)
                        .toList()
                : List.of();
    }

    private static JsonObject registration(String language) {
        var registration = new JsonObject();
        registration.addProperty("id", "qide:" + language + ":" + METHOD);
        registration.addProperty("method", METHOD);
        return registration;
    }

    private static JsonObject registration(String language, Set<String> commands) {
        var names = new JsonArray();
        commands.forEach(names::add);
        var options = new JsonObject();
        options.add("commands", names);
        var registration = registration(language);
        registration.add("registerOptions", options);
        return registration;
    }

    private static JsonArray list(JsonObject registration) {
        var list = new JsonArray();
        list.add(registration);
        return list;
    }
}

package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.server.language.settings.SettingsPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Reads the JSON that declares language servers; errors name the server's id.
final class DeclarationReader {
    private static final Set<String> ROOT_MEMBERS = Set.of("servers", "disabled");
    private static final Set<String> MEMBERS =
            Set.of(
                    "id",
                    "title",
                    "language",
                    "languageIds",
                    "files",
                    "languageIdsByFile",
                    "auxiliaryFor",
                    "requiredFiles",
                    "watchedFiles",
                    "install",
                    "program",
                    "command",
                    "reads",
                    "runsProjectCode",
                    "limits",
                    "client",
                    "capabilities",
                    "initializationOptions",
                    "configuration",
                    "folderConfiguration",
                    "section",
                    "restrictedSettings",
                    "notifications",
                    "projectSettings");
    private static final Set<String> FOLDER_MEMBERS = Set.of("files", "unless", "configuration");

    private DeclarationReader() {}

    /// @throws IllegalArgumentException with a sentence for the operator
    static List<ServerDeclaration> servers(String json) {
        var servers = root(json).get("servers");
        if (servers == null) {
            return List.of();
        }
        if (!(servers instanceof JsonArray array)) {
            throw new IllegalArgumentException(
                    "In the declaration of language servers \"servers\" must be a list.");
        }
        return elements(array).stream().map(DeclarationReader::server).toList();
    }

    /// The ids of servers that are disabled.
    static Set<String> disabled(String json) {
        var disabled = root(json).get("disabled");
        return disabled == null ? Set.of() : Set.copyOf(strings(disabled));
    }

    private static JsonObject root(String json) {
        try {
            if (JsonParser.parseString(json) instanceof JsonObject object) {
                for (var name : object.keySet()) {
                    if (!ROOT_MEMBERS.contains(name)) {
                        throw new IllegalArgumentException(
                                "The declaration of language servers has no member %s: remove it, or write servers or disabled."
                                        .formatted(name));
                    }
                }
                return object;
            }
        } catch (JsonParseException malformed) {
            throw new IllegalArgumentException(
                    "The declaration of language servers is not JSON.", malformed);
        }
        throw new IllegalArgumentException(
                "The declaration of language servers must be a JSON object.");
    }

    private static ServerDeclaration server(JsonElement element) {
        var id =
                element instanceof JsonObject object && object.has("id")
                        ? object.get("id").toString()
                        : "without an id";
        try {
            return server(element.getAsJsonObject());
        } catch (RuntimeException wrong) {
            throw new IllegalArgumentException(
                    "The declaration of language server "
                            + id
                            + " is invalid: "
                            + wrong.getMessage(),
                    wrong);
        }
    }

    private static ServerDeclaration server(JsonObject server) {
        requireMembers(server, MEMBERS);
        var start =
                new ServerDeclaration.Start(
                        optional(server, "install"),
                        optional(server, "program"),
                        null,
                        strings(required(server, "command")),
                        list(server, "reads"),
                        required(server, "runsProjectCode").getAsBoolean(),
                        ServerLimits.of(object(server, "limits")));
        if (start.command().isEmpty()) {
            throw new IllegalArgumentException("its command is empty.");
        }
        return new ServerDeclaration(
                required(server, "id").getAsString(),
                required(server, "title").getAsString(),
                required(server, "language").getAsString(),
                new ServerDeclaration.Documents(
                        strings(required(server, "languageIds")),
                        strings(required(server, "files")),
                        texts(object(server, "languageIdsByFile")),
                        list(server, "auxiliaryFor"),
                        list(server, "requiredFiles"),
                        list(server, "watchedFiles")),
                start,
                required(server, "capabilities").getAsJsonObject(),
                new ServerDeclaration.Settings(
                        object(server, "initializationOptions"),
                        object(server, "configuration"),
                        server.has("folderConfiguration")
                                ? elements(server.getAsJsonArray("folderConfiguration")).stream()
                                        .map(DeclarationReader::folderConfiguration)
                                        .toList()
                                : List.of(),
                        new SettingsPolicy(
                                Objects.requireNonNullElse(optional(server, "section"), ""),
                                server.has("restrictedSettings")
                                        ? list(server, "restrictedSettings")
                                        : SettingsPolicy.ALL,
                                list(server, "projectSettings")),
                        list(server, "notifications"),
                        object(server, "client")));
    }

    private static ServerDeclaration.FolderConfiguration folderConfiguration(JsonElement element) {
        var folder = element.getAsJsonObject();
        requireMembers(folder, FOLDER_MEMBERS);
        return new ServerDeclaration.FolderConfiguration(
                strings(required(folder, "files")),
                list(folder, "unless"),
                required(folder, "configuration").getAsJsonObject());
    }

    private static void requireMembers(JsonObject object, Set<String> members) {
        for (var name : object.keySet()) {
            if (!members.contains(name)) {
                throw new IllegalArgumentException("there is no member " + name + ".");
            }
        }
    }

    private static JsonObject object(JsonObject server, String name) {
        return server.has(name) ? server.get(name).getAsJsonObject() : new JsonObject();
    }

    private static @Nullable String optional(JsonObject server, String name) {
        return server.has(name) ? server.get(name).getAsString() : null;
    }

    private static List<String> list(JsonObject server, String name) {
        return server.has(name) ? strings(server.get(name)) : List.of();
    }

    private static Map<String, String> texts(JsonObject object) {
        var texts = new LinkedHashMap<String, String>();
        object.asMap().forEach((name, value) -> texts.put(name, value.getAsString()));
        return texts;
    }

    private static JsonElement required(JsonObject object, String name) {
        var member = object.get(name);
        if (member == null) {
            throw new IllegalArgumentException("the member " + name + " is missing.");
        }
        return member;
    }

    private static List<String> strings(JsonElement array) {
        return elements(array.getAsJsonArray()).stream()
                .map(JsonElement::getAsString)
                .collect(Collectors.toUnmodifiableList());
    }

    private static List<JsonElement> elements(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }
}

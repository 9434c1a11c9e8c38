package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// All declared language servers (`languages.json`). Thread-safe.
public final class Declarations {
    private static final int SYNC_INCREMENTAL = 2;

    private final List<ServerDeclaration> servers;

    private Declarations(List<ServerDeclaration> servers) {
        this.servers = List.copyOf(servers);
    }

    /// What this version of Q-IDE declares.
    public static Declarations builtIn() {
        return of(resource("languages.json"));
    }

    /// @throws IllegalArgumentException when the text is not a declaration
    public static Declarations of(String json) {
        try {
            var servers = JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("servers");
            return new Declarations(elements(servers).stream().map(Declarations::server).toList());
        } catch (RuntimeException malformed) {
            throw new IllegalArgumentException(
                    "The declaration of language servers cannot be read.", malformed);
        }
    }

    /// All servers, in the order of their declaration.
    public List<ServerDeclaration> servers() {
        return servers;
    }

    /// The server of a language, by its name or by an LSP language id; null when none is declared.
    public @Nullable ServerDeclaration find(String language) {
        return servers.stream()
                .filter(server ->
                        server.language().equals(language)
                                || server.languageIds().contains(language))
                .findFirst()
                .orElse(null);
    }

    /// The language that a document belongs to, null for none.
    ///
    /// @param languageId the LSP language id that the client gave, if it did
    /// @param path the path in the workspace, if it is known
    public @Nullable String languageOf(@Nullable String languageId, @Nullable String path) {
        if (languageId != null) {
            var named = find(languageId);
            if (named != null) {
                return named.language();
            }
        }
        return path == null
                ? null
                : servers.stream()
                        .filter(server -> server.isFile(path))
                        .findFirst()
                        .map(ServerDeclaration::language)
                        .orElse(null);
    }

    /// `ServerCapabilities` of all declared servers together, as JSON text: lists are united; where
    /// two servers say something that cannot be united, the first one's holds.
    public String capabilities() {
        var merged = new JsonObject();
        var sync = new JsonObject();
        sync.addProperty("openClose", true);
        sync.addProperty("change", SYNC_INCREMENTAL);
        sync.addProperty("save", true);
        merged.add("textDocumentSync", sync);
        servers.forEach(server -> merge(merged, server.capabilities()));
        return merged.toString();
    }

    static String resource(String name) {
        try (var stream = Declarations.class.getResourceAsStream("/dev/qide/language/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("The resource " + name + " is missing.");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void merge(JsonObject into, JsonObject from) {
        for (Map.Entry<String, JsonElement> member : from.entrySet()) {
            var present = into.get(member.getKey());
            var added = member.getValue();
            if (present instanceof JsonObject presentObject && added instanceof JsonObject object) {
                merge(presentObject, object);
            } else if (present instanceof JsonArray presentArray
                    && added instanceof JsonArray array) {
                array.asList().stream()
                        .filter(element -> !presentArray.contains(element))
                        .forEach(presentArray::add);
            } else if (present == null || added instanceof JsonObject) {
                into.add(member.getKey(), added.deepCopy());
            }
        }
    }

    private static ServerDeclaration server(JsonElement element) {
        var server = element.getAsJsonObject();
        var npmPackage = server.get("package");
        return new ServerDeclaration(
                required(server, "id").getAsString(),
                required(server, "title").getAsString(),
                required(server, "language").getAsString(),
                strings(required(server, "languageIds")),
                strings(required(server, "files")),
                npmPackage == null ? null : npmPackage.getAsString(),
                strings(required(server, "command")),
                required(server, "runsProjectCode").getAsBoolean(),
                required(server, "capabilities").getAsJsonObject(),
                required(server, "initializationOptions").getAsJsonObject(),
                required(server, "configuration").getAsJsonObject());
    }

    private static JsonElement required(JsonObject object, String name) {
        var member = object.get(name);
        if (member == null) {
            throw new IllegalArgumentException("The member " + name + " is missing.");
        }
        return member;
    }

    private static List<String> strings(JsonElement array) {
        return elements(array.getAsJsonArray()).stream().map(JsonElement::getAsString).toList();
    }

    private static List<JsonElement> elements(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }
}

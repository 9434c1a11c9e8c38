package dev.qide.server.language;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.process.NodeRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All declared language servers (`languages.json`). Thread-safe.
public final class Declarations {
    private static final int SYNC_INCREMENTAL = 2;
    private static final long FILE_BYTES = 1 << 20;

    private static final JsonPrimitive FALSE = new JsonPrimitive(false);

    private final List<ServerDeclaration> servers;

    private Declarations(List<ServerDeclaration> servers) {
        this.servers = List.copyOf(servers);
    }

    /// The declarations of this version of Q-IDE.
    public static Declarations builtIn() {
        return of(resource("languages.json"));
    }

    /// @throws IllegalArgumentException with a sentence when the text is not a declaration
    public static Declarations of(String json) {
        return new Declarations(DeclarationReader.servers(json));
    }

    /// These declarations combined with the operator's: a server with an existing id replaces it,
    /// any other server precedes all existing ones, and servers in `disabled` are left out.
    ///
    /// @param file JSON in the format of `languages.json`
    /// @throws IllegalArgumentException with a sentence for the operator
    public Declarations with(Path file) {
        String json;
        try {
            if (Files.size(file) > FILE_BYTES) {
                throw new IllegalArgumentException(
                        "The declaration of language servers is longer than 1 MiB: " + file);
            }
            json = Files.readString(file);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "Cannot read the declaration of language servers (QIDE_LANGUAGES_FILE): "
                            + file,
                    unreadable);
        }
        var own = new LinkedHashMap<String, ServerDeclaration>();
        for (var server : DeclarationReader.servers(json)) {
            if (own.put(server.id(), server) != null) {
                throw new IllegalArgumentException(
                        "%s declares the language server %s twice: leave one."
                                .formatted(file, server.id()));
            }
        }
        var disabled = DeclarationReader.disabled(json);
        var all = new ArrayList<ServerDeclaration>();
        for (var server : servers) {
            var replaced = own.remove(server.id());
            all.add(replaced == null ? server : replaced);
        }
        all.addAll(0, own.values());
        for (var id : disabled) {
            if (!all.removeIf(server -> server.id().equals(id))) {
                var ids = all.stream().map(ServerDeclaration::id).toList();
                throw new IllegalArgumentException(
                        "%s disables the language server %s, which is not declared: the ids are %s."
                                .formatted(file, id, String.join(", ", ids)));
            }
        }
        return new Declarations(all);
    }

    /// The servers that can run on this machine, without those whose program is missing.
    ///
    /// @param searchPath in the format of the environment variable PATH
    public Declarations present(String searchPath) {
        var present = new ArrayList<ServerDeclaration>();
        for (var server : servers) {
            var program = server.start().program();
            var place = program == null ? null : NodeRuntime.which(program, searchPath);
            if (place != null && isItself(place, String.valueOf(program))) {
                present.add(server.at(place));
            } else if (program == null) {
                present.add(server);
            }
        }
        return new Declarations(present);
    }

    /// Whether a program is not a link to a version chooser (rustup, asdf), which would search a
    /// home folder that the sandbox does not have.
    private static boolean isItself(Path place, String program) {
        try {
            return place.toRealPath().getFileName().toString().startsWith(program);
        } catch (IOException _) {
            return false;
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
                                || server.documents().languageIds().contains(language))
                .findFirst()
                .orElse(null);
    }

    /// The language of a document; null for none.
    ///
    /// @param languageId the LSP language id of the client, if it sent one; ignored for a file
    ///   whose name determines the language
    /// @param path the path in the workspace, if it is known
    public @Nullable String languageOf(@Nullable String languageId, @Nullable String path) {
        var right = idByFile(path);
        var id = right == null ? languageId : right;
        if (id != null) {
            var named = find(id);
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

    /// The LSP language id that a file's name determines; null for none.
    @Nullable String idByFile(@Nullable String path) {
        if (path != null) {
            for (var server : servers) {
                var id = server.idByFile(path);
                if (id != null) {
                    return id;
                }
            }
        }
        return null;
    }

    /// The auxiliary servers for documents of a language, in any workspace.
    ///
    /// @param language the result of [#languageOf]
    /// @param languageId the client's LSP language id, if it sent one
    public List<ServerDeclaration> auxiliariesOf(String language, @Nullable String languageId) {
        return servers.stream()
                .filter(server ->
                        server.documents().auxiliaryFor().contains(language)
                                || (languageId != null
                                        && server.documents().auxiliaryFor().contains(languageId)))
                .toList();
    }

    /// The merged `ServerCapabilities` of all declared servers, as JSON text: lists are joined; of
    /// other values, the first counts.
    public String capabilities() {
        var merged = new JsonObject();
        var sync = new JsonObject();
        sync.addProperty("openClose", true);
        sync.addProperty("change", SYNC_INCREMENTAL);
        sync.addProperty("save", true);
        merged.add("textDocumentSync", sync);
        servers.stream()
                .filter(this::isRouted)
                .forEach(server -> merge(merged, server.capabilities()));
        // A client that does not register it per server would pull for documents whose server
        // pushes, and might then ignore what is pushed: it gets all diagnostics pushed.
        merged.remove("diagnosticProvider");
        return merged.toString();
    }

    public static boolean hasResource(String name) {
        return Declarations.class.getResource("/dev/qide/language/" + name) != null;
    }

    public static String resource(String name) {
        try (var stream = Declarations.class.getResourceAsStream("/dev/qide/language/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("The resource " + name + " is missing.");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// Merges lists and objects. Of two other values the second counts if it is an object, else the
    /// first.
    public static void merge(JsonObject into, JsonObject from) {
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
            } else if (present == null || FALSE.equals(present) || added instanceof JsonObject) {
                into.add(member.getKey(), added.deepCopy());
            }
        }
    }

    private boolean isRouted(ServerDeclaration server) {
        return server.isAuxiliary() || isPrimary(server);
    }

    /// The documents of a server on `/ws` as a `DocumentSelector` (LSP 3.18); those of an auxiliary
    /// server are the documents of the servers that it supplements.
    public JsonArray selector(ServerDeclaration server) {
        if (!server.isAuxiliary()) {
            return server.selector();
        }
        var all = new JsonArray();
        servers.stream()
                .filter(server::isAuxiliaryFor)
                .filter(this::isPrimary)
                .forEach(other -> all.addAll(other.selector()));
        return all;
    }

    /// Whether it is the primary server of documents on `/ws`: the first server for one of its
    /// language ids or patterns.
    public boolean isPrimary(ServerDeclaration server) {
        var own = server.documents();
        return own.languageIds().stream().anyMatch(id -> server.equals(find(id)))
                || own.files().stream()
                        .anyMatch(pattern ->
                                servers.stream()
                                        .filter(other ->
                                                other.documents().files().contains(pattern))
                                        .findFirst()
                                        .filter(server::equals)
                                        .isPresent());
    }
}

package dev.qide.server.ai;

import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The configured models: the JSON array in the file that `QIDE_MODELS_FILE` names.
public final class ModelsFile {
    private static final int FILE_BYTES = 1 << 20;
    private static final int KEY_BYTES = 16 << 10;
    private static final Set<String> MEMBERS =
            Set.of("name", "provider", "url", "model", "purpose", "keyFile");

    private ModelsFile() {}

    /// Reads and validates the file.
    ///
    /// @throws IllegalArgumentException with a sentence that names the file and the error
    public static List<Model> read(Path file) {
        List<Entry> entries;
        try {
            if (Files.size(file) > FILE_BYTES) {
                throw new IllegalArgumentException(
                        file + " exceeds " + FILE_BYTES + " bytes. Shorten it.");
            }
            var json = Files.readString(file);
            requireKnownMembers(file, WireJson.readAny(json, new TypeToken<List<JsonObject>>() {}));
            entries = WireJson.readAny(json, new TypeToken<>() {});
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "QIDE_MODELS_FILE cannot be read. Check its path and permissions: " + file,
                    unreadable);
        } catch (FailureException malformed) {
            throw new IllegalArgumentException(
                    "%s must be a JSON array of {name, provider, url, model, purpose, keyFile?}: %s %s"
                            .formatted(file, malformed.failure().wireName(), malformed.tags()),
                    malformed);
        }
        var names = new HashSet<String>();
        for (var entry : entries) {
            if (!names.add(entry.name)) {
                throw new IllegalArgumentException(
                        file + " names the model " + entry.name + " twice. Remove one.");
            }
        }
        var models = entries.stream().map(entry -> entry.toModel(file)).toList();
        if (models.size() > 1) {
            throw new IllegalArgumentException(
                    "%s names %d models, but only one is used. Remove the others."
                            .formatted(file, models.size()));
        }
        return models;
    }

    /// Unknown members are refused, so that nobody relies on them.
    private static void requireKnownMembers(Path file, List<JsonObject> entries) {
        for (var entry : entries) {
            for (var member : entry.keySet()) {
                if (!MEMBERS.contains(member)) {
                    throw new IllegalArgumentException(
                            "%s: unknown member \"%s\": remove it. The members are %s."
                                    .formatted(file, member, new TreeSet<>(MEMBERS)));
                }
            }
        }
    }

    /// An entry of the file.
    record Entry(
            String name,
            String provider,
            String url,
            String model,
            List<String> purpose,
            @Nullable String keyFile) {
        private static final String PROVIDER = "openai";
        private static final String PURPOSE = "completion";

        Model toModel(Path file) {
            if (!provider.equals(PROVIDER)) {
                throw new IllegalArgumentException(
                        "%s: the provider \"%s\" of %s is not supported: use \"%s\", for every server with that API."
                                .formatted(file, provider, name, PROVIDER));
            }
            if (!purpose.equals(List.of(PURPOSE))) {
                throw new IllegalArgumentException(
                        "%s: the purpose %s of %s is not supported: write [\"%s\"]."
                                .formatted(file, purpose, name, PURPOSE));
            }
            URI base;
            try {
                base = new URI(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
            } catch (URISyntaxException malformed) {
                throw new IllegalArgumentException(
                        file + ": the url of " + name + " is not a valid URL. Correct it.",
                        malformed);
            }
            if (base.getHost() == null
                    || !Set.of("http", "https").contains(String.valueOf(base.getScheme()))) {
                throw new IllegalArgumentException(
                        file + ": the url of " + name + " must begin with http:// or https://.");
            }
            if (base.getUserInfo() != null) {
                throw new IllegalArgumentException(
                        file + ": put the key of " + name + " into keyFile, not into the url.");
            }
            return new Model(name, base, model, key(file));
        }

        private Model.Key key(Path file) {
            if (keyFile == null) {
                return Model.Key.NONE;
            }
            var path = file.toAbsolutePath().resolveSibling(keyFile);
            try {
                if (Files.size(path) > KEY_BYTES) {
                    throw new IllegalArgumentException(
                            file
                                    + ": the keyFile of "
                                    + name
                                    + " is too large for a key. Name another file.");
                }
                var value = Files.readString(path).strip();
                if (value.chars().anyMatch(character -> character < '!' || character > '~')) {
                    throw new IllegalArgumentException(
                            file + ": the keyFile of " + name + " must contain exactly one key.");
                }
                return new Model.Key(value);
            } catch (IOException unreadable) {
                throw new IllegalArgumentException(
                        file
                                + ": the keyFile of "
                                + name
                                + " cannot be read. Check its path and permissions.",
                        unreadable);
            }
        }
    }
}

package dev.qide.server.ai;

import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import dev.qide.server.ai.Model.Purpose;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The configured models: the JSON array in the file that `QIDE_MODELS_FILE` names.
public final class ModelsFile {
    private static final int FILE_BYTES = 1 << 20;
    static final int MODELS = 256;
    private static final Set<String> MEMBERS = Set.of("models", "budgets", "localOnly");
    private static final Set<String> PRICE_MEMBERS = Set.of("input", "cachedInput", "output");

    private static final TypeToken<List<JsonObject>> OBJECTS = new TypeToken<>() {};

    private ModelsFile() {}

    /// The content of the file: an array of models, or an object with `models`, `budgets` and
    /// `localOnly`.
    ///
    /// @param localOnly the names of the workspaces whose texts only local models may see
    public record Content(List<Model> models, List<Budget> budgets, Set<String> localOnly) {
        /// Without any model.
        public static final Content NONE = new Content(List.of(), List.of(), Set.of());

        public Content {
            models = List.copyOf(models);
            budgets = List.copyOf(budgets);
            localOnly = Set.copyOf(localOnly);
        }
    }

    /// An object's members, each an array.
    private record Whole(
            List<JsonObject> models,
            @Nullable List<JsonObject> budgets,
            @Nullable List<String> localOnly) {}

    /// Reads and validates the file.
    ///
    /// @throws IllegalArgumentException with a sentence that names the file and the error
    public static Content read(Path file) {
        try {
            if (Files.size(file) > FILE_BYTES) {
                throw new IllegalArgumentException(
                        file + " exceeds " + FILE_BYTES + " bytes. Shorten it.");
            }
            var json = Files.readString(file);
            var whole =
                    json.stripLeading().startsWith("[")
                            ? new Whole(WireJson.readAny(json, OBJECTS), null, null)
                            : whole(file, json);
            return new Content(
                    models(file, whole.models()),
                    whole.budgets() == null
                            ? List.of()
                            : BudgetEntry.budgets(file, whole.budgets()),
                    whole.localOnly() == null ? Set.of() : Set.copyOf(whole.localOnly()));
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "QIDE_MODELS_FILE cannot be read. Check its path and permissions: " + file,
                    unreadable);
        } catch (FailureException malformed) {
            throw new IllegalArgumentException(
                    "%s must be a JSON array of {name, provider, url, model, purpose, keyFile?, …}, or {models, budgets?, localOnly?}: %s %s"
                            .formatted(file, malformed.failure().wireName(), malformed.tags()),
                    malformed);
        }
    }

    private static Whole whole(Path file, String json) {
        requireMembers(file, WireJson.readAny(json, TypeToken.get(JsonObject.class)), MEMBERS);
        return WireJson.read(json, Whole.class);
    }

    /// Reads the file; no models without a file.
    ///
    /// @throws IllegalArgumentException see [#read]
    public static Content orNone(@Nullable Path file) {
        return file == null ? Content.NONE : read(file);
    }

    private static List<Model> models(Path file, List<JsonObject> objects) {
        requireKnownMembers(file, objects);
        List<ModelEntry> entries = WireJson.readAny(objects.toString(), new TypeToken<>() {});
        if (entries.size() > MODELS) {
            throw new IllegalArgumentException(
                    file + " names more than " + MODELS + " models. Remove some.");
        }
        var names = new TreeSet<String>();
        for (var entry : entries) {
            if (!names.add(entry.name())) {
                throw new IllegalArgumentException(
                        file + " names the model " + entry.name() + " twice. Remove one.");
            }
        }
        var models = entries.stream().map(entry -> entry.toModel(file)).toList();
        models.forEach(model -> requireKnownFallback(file, model, names));
        return models;
    }

    /// The model of one entry.
    ///
    /// @param source named in sentences about errors
    /// @param others the names of the other models; null to accept any fallback
    /// @throws IllegalArgumentException with a sentence
    static Model model(Path source, JsonObject entry, @Nullable Set<String> others) {
        requireKnownMembers(source, List.of(entry));
        try {
            var model = WireJson.read(entry.toString(), ModelEntry.class).toModel(source);
            if (others != null) {
                requireKnownFallback(source, model, others);
            }
            return model;
        } catch (FailureException malformed) {
            throw new IllegalArgumentException(
                    "%s has no valid members: %s".formatted(source, malformed.tags()), malformed);
        }
    }

    private static void requireKnownFallback(Path file, Model model, Set<String> names) {
        for (var fallback : model.fallback()) {
            if (!names.contains(fallback) || fallback.equals(model.name())) {
                throw new IllegalArgumentException(
                        "%s: the fallback \"%s\" of %s is not another model of the file: use one of %s."
                                .formatted(file, fallback, model.name(), names));
            }
        }
    }

    /// Unknown members are refused, so that nobody relies on them.
    private static void requireKnownMembers(Path file, List<JsonObject> entries) {
        for (var entry : entries) {
            requireMembers(file, entry, ModelEntry.MEMBERS);
            if (entry.get("price") instanceof JsonObject price) {
                requireMembers(file, price, PRICE_MEMBERS);
            }
        }
    }

    static void requireMembers(Path file, JsonObject object, Set<String> members) {
        for (var member : object.keySet()) {
            if (!members.contains(member)) {
                throw new IllegalArgumentException(
                        "%s: unknown member \"%s\": remove it. The members are %s."
                                .formatted(file, member, new TreeSet<>(members)));
            }
        }
    }

    /// The names of a closed set, quoted, for a sentence.
    static String quoted(Object[] constants) {
        return Arrays.stream(constants)
                .map(constant ->
                        switch (constant) {
                            case Model.Provider provider -> provider.wireName();
                            case Purpose purpose -> purpose.wireName();
                            case Model.FillIn fillIn -> fillIn.wireName();
                            default -> constant.toString();
                        })
                .map(word -> "\"" + word + "\"")
                .collect(Collectors.joining(", "));
    }
}

package dev.qide.server.ai;

import com.google.gson.JsonObject;
import dev.qide.server.ai.ModelKeys.Owner;
import dev.qide.server.store.ModelTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes models, their keys and the workspaces for local models while the server runs.
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class ModelAdministration {
    private static final Logger LOG = LoggerFactory.getLogger(ModelAdministration.class);

    /// In sentences about an entry, in place of the models file.
    private static final Path BODY = Path.of("the model");

    private static final String KEY = "key";

    private final Models models;
    private final ModelKeys keys;
    private final ModelTable table;
    private final Function<String, @Nullable WorkspaceId> idOf;
    private final CallMetrics metrics;

    /// Held across a write on purpose, so that concurrent changes reach the table and the memory in
    /// the same order.
    private final ReentrantLock changing = new ReentrantLock();

    /// The stored models that are in use.
    private List<ModelTable.Entry> loaded = List.of();

    /// @param idOf the id of a workspace by its name; null for none; must not block
    ModelAdministration(
            Models models,
            ModelKeys keys,
            ModelTable table,
            Function<String, @Nullable WorkspaceId> idOf,
            CallMetrics metrics) {
        this.models = models;
        this.keys = keys;
        this.table = table;
        this.idOf = idOf;
        this.metrics = metrics;
        reload();
    }

    /// Reads what other servers of the database have changed. Blocks.
    void refresh() {
        keys.refresh();
        changing.lock();
        try {
            reload();
        } finally {
            changing.unlock();
        }
    }

    /// A model and its properties.
    ///
    /// @param isOfFile whether only the models file can change it
    /// @param hasKey whether the server itself has a key for it
    public record Listed(Model model, boolean isOfFile, boolean hasKey) {}

    public List<Listed> list() {
        return models.all().stream()
                .map(model ->
                        new Listed(
                                model,
                                models.isOfFile(model.name()),
                                model.key().isPresent() || hasKey(new Owner.Server(), model)))
                .toList();
    }

    /// Adds a model, or replaces the stored one of this name.
    ///
    /// @param body the members of an entry of the models file except `name` and `keyFile`, and
    ///   optionally `key`; without that, an earlier key stays if the URL does, and is deleted if
    ///   not
    /// @return whether the model is new
    /// @throws FailureException `INVALID_PARAMS` with the reason, `MODEL_OF_FILE`
    public boolean put(String name, String body) {
        var entry = WireJson.object(body);
        var key = entry.remove(KEY);
        if (entry.has("name") || entry.has("keyFile")) {
            throw invalid("name and keyFile are no members here: remove them");
        }
        entry.addProperty("name", name);
        var wanted = key == null ? null : key(key.isJsonPrimitive() ? key.getAsString() : "");
        changing.lock();
        try {
            requireStored(name);
            var before = models.named(name);
            var model = validated(name, entry);
            // The new key first and the old one last: if a step fails, the model in use has a key.
            if (wanted != null) {
                keys.put(new Owner.Server(), model, wanted);
            }
            table.put(new ModelTable.Entry(name, entry.toString()));
            reload();
            if (before != null && !before.url().equals(model.url())) {
                var _ = keys.delete(new Owner.Server(), before);
            }
            return before == null;
        } finally {
            changing.unlock();
        }
    }

    /// Removes a stored model, with the server's key for it.
    ///
    /// @throws FailureException `MODEL_NOT_CONFIGURED`, `MODEL_OF_FILE`, `INVALID_PARAMS` while
    ///   another stored model names it as its fallback
    public void delete(String name) {
        changing.lock();
        try {
            requireStored(name);
            var model = existing(name);
            for (var other : models.all()) {
                if (other.fallback().contains(name)) {
                    throw invalid("it is the fallback of " + other.name() + ": change that first");
                }
            }
            // While the model exists, a deletion that failed can be repeated.
            var _ = keys.delete(new Owner.Server(), model);
            table.delete(name);
            reload();
        } finally {
            changing.unlock();
        }
    }

    /// Whether an owner has a key for each model, in the order of the models.
    public Map<Model, Boolean> keysOf(Owner owner) {
        var known = new java.util.LinkedHashMap<Model, Boolean>();
        models.all().forEach(model -> known.put(model, hasKey(owner, model)));
        return known;
    }

    /// Stores an owner's key for a model. It is used instead of the server's own and never shown.
    ///
    /// @throws FailureException `MODEL_NOT_CONFIGURED`, `INVALID_PARAMS`
    public void setKey(Owner owner, String model, String value) {
        keys.put(owner, existing(model), key(value));
    }

    /// @throws FailureException `MODEL_NOT_CONFIGURED` when there is no such model or no key
    public void deleteKey(Owner owner, String model) {
        if (!keys.delete(owner, existing(model))) {
            throw new FailureException(Failure.MODEL_NOT_CONFIGURED, Map.of("reason", "no-key"));
        }
    }

    public boolean isLocalOnly(String workspace) {
        return models.isLocalOnly(workspace);
    }

    /// Restricts a workspace to local models, or lifts that.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `MODEL_OF_FILE` when the models file restricts
    ///   it
    public void setLocalOnly(String name, boolean isLocalOnly) {
        var workspace = idOf.apply(name);
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        if (!isLocalOnly && models.isLocalOnlyByFile(name)) {
            throw new FailureException(Failure.MODEL_OF_FILE, Map.of("member", "localOnly"));
        }
        changing.lock();
        try {
            table.setLocalOnly(workspace, isLocalOnly);
            reload();
        } finally {
            changing.unlock();
        }
    }

    private boolean hasKey(Owner owner, Model model) {
        return keys.find(owner, model).isPresent();
    }

    private void requireStored(String name) {
        if (models.isOfFile(name)) {
            throw new FailureException(Failure.MODEL_OF_FILE, Map.of("member", "models"));
        }
    }

    private Model existing(String name) {
        var model = models.named(name);
        if (model == null) {
            throw new FailureException(
                    Failure.MODEL_NOT_CONFIGURED, Map.of("reason", "no-such-model"));
        }
        return model;
    }

    private Model validated(String name, JsonObject entry) {
        var names =
                models.all().stream()
                        .map(Model::name)
                        .filter(other -> !other.equals(name))
                        .collect(Collectors.toSet());
        try {
            if (names.size() >= ModelsFile.MODELS) {
                throw new IllegalArgumentException("the server has the most models: remove one");
            }
            return ModelsFile.model(BODY, entry, names);
        } catch (IllegalArgumentException wrong) {
            throw invalid(String.valueOf(wrong.getMessage()));
        }
    }

    private static Model.Key key(String value) {
        try {
            var key = ModelEntry.key("it", value);
            if (!key.isPresent()) {
                throw new IllegalArgumentException("it is empty");
            }
            return key;
        } catch (IllegalArgumentException wrong) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("member", KEY, "reason", "not-a-key"), wrong);
        }
    }

    private static FailureException invalid(String reason) {
        return new FailureException(Failure.INVALID_PARAMS, Map.of("reason", reason));
    }

    private void reload() {
        var rows = table.all();
        if (!rows.equals(loaded)) {
            use(rows);
            loaded = rows;
        }
        var restricted = table.localOnly();
        models.setStoredLocalOnly(name -> {
            var id = idOf.apply(name);
            return id != null && restricted.contains(id);
        });
    }

    private void use(List<ModelTable.Entry> rows) {
        var stored = new ArrayList<Model>();
        for (var row : rows) {
            try {
                stored.add(ModelsFile.model(BODY, WireJson.object(row.entry()), null));
            } catch (IllegalArgumentException | FailureException outdated) {
                LOG.atWarn()
                        .addKeyValue("event.action", "ai.stored_model_unusable")
                        .addKeyValue("model", row.name())
                        .addKeyValue("reason", String.valueOf(outdated.getMessage()))
                        .log("a stored model is invalid: store it again");
            }
        }
        models.setStored(stored);
        metrics.retain(models.all().stream().map(Model::name).collect(Collectors.toSet()));
    }
}

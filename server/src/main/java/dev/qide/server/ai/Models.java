package dev.qide.server.ai;

import dev.qide.server.ai.ModelKeys.Owner;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The models of a server: those of its file, in their order, then those that were added while it
/// ran. Thread-safe.
public final class Models {
    private final Map<String, Model> ofFile;
    private final Set<String> localOnlyOfFile;
    private final ModelKeys keys;
    private volatile Map<String, Model> byName;
    private volatile Predicate<String> isLocalOnlyStored = _ -> false;

    /// @param models with distinct names
    public Models(List<Model> models) {
        this(models, Set.of(), ModelKeys.NONE);
    }

    /// @param localOnly the names of the workspaces whose texts only local models may see
    Models(List<Model> models, Set<String> localOnly, ModelKeys keys) {
        ofFile = byName(models);
        byName = ofFile;
        localOnlyOfFile = Set.copyOf(localOnly);
        this.keys = keys;
    }

    private static Map<String, Model> byName(List<Model> models) {
        var byName = new LinkedHashMap<String, Model>();
        models.forEach(model -> byName.put(model.name(), model));
        return byName;
    }

    /// Replaces the models that were added while the server ran. One whose name the file has too is
    /// left out.
    void setStored(List<Model> stored) {
        var all = byName(stored);
        ofFile.keySet().forEach(all::remove);
        var merged = new LinkedHashMap<>(ofFile);
        merged.putAll(all);
        byName = merged;
    }

    /// Replaces the workspaces that were restricted to local models while the server ran.
    ///
    /// @param isRestricted by the name of a workspace; must not block
    void setStoredLocalOnly(Predicate<String> isRestricted) {
        isLocalOnlyStored = isRestricted;
    }

    /// Whether the models file has this model.
    boolean isOfFile(String name) {
        return ofFile.containsKey(name);
    }

    /// Whether the models file restricts this workspace to local models.
    boolean isLocalOnlyByFile(String workspace) {
        return localOnlyOfFile.contains(workspace);
    }

    boolean isLocalOnly(String workspace) {
        return localOnlyOfFile.contains(workspace) || isLocalOnlyStored.test(workspace);
    }

    /// The models that a workspace may use, in order of preference.
    ///
    /// @param workspace its name; null for a text of no workspace
    public List<Model> of(@Nullable String workspace) {
        return byName.values().stream().filter(model -> mayUse(workspace, model)).toList();
    }

    private boolean mayUse(@Nullable String workspace, Model model) {
        return model.isLocal() || workspace == null || !isLocalOnly(workspace);
    }

    public List<Model> all() {
        return List.copyOf(byName.values());
    }

    /// The model of this name; null for none.
    @Nullable Model named(String name) {
        return byName.get(name);
    }

    /// Whether a model has this purpose.
    public boolean serve(Model.Purpose purpose) {
        return byName.values().stream().anyMatch(model -> model.purposes().contains(purpose));
    }

    /// The model that a client names, or the first one with the purpose when it names none.
    ///
    /// @param workspace the name of the workspace; null for a text of no workspace
    /// @throws FailureException `MODEL_NOT_CONFIGURED`, also when the workspace may not use it
    public Model chosen(@Nullable String name, Model.Purpose purpose, @Nullable String workspace) {
        return of(workspace).stream()
                .filter(model -> model.purposes().contains(purpose))
                .filter(model -> name == null || model.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new FailureException(
                                Failure.MODEL_NOT_CONFIGURED,
                                name == null
                                        ? Map.of("purpose", purpose.wireName())
                                        : Map.of(
                                                "purpose",
                                                purpose.wireName(),
                                                "reason",
                                                "no-such-model")));
    }

    /// Whether a workspace may use a model of this name for this purpose.
    boolean isFor(String name, Model.Purpose purpose, @Nullable String workspace) {
        return of(workspace).stream()
                .anyMatch(model -> model.name().equals(name) && model.purposes().contains(purpose));
    }

    /// The model and those that are tried after it, without those that the workspace may not use.
    List<Model> withFallback(Model model, @Nullable String workspace) {
        var all = byName;
        var models = new LinkedHashMap<String, Model>();
        models.put(model.name(), model);
        model.fallback().stream()
                .map(all::get)
                .filter(java.util.Objects::nonNull)
                .forEach(fallback -> models.put(fallback.name(), fallback));
        return models.values().stream().filter(one -> mayUse(workspace, one)).toList();
    }

    /// The key that a call uses instead of the model's own: the person's, else that of the
    /// organisation that the call belongs to, else one that was stored for the server;
    /// [Model.Key#NONE] for none.
    Model.Key keyFor(Caller caller, Model model) {
        var outside = caller.organisation();
        var organisation =
                outside == null
                        ? keys.organisationOf(caller.workspace())
                        : new Owner.Organisation(outside.id());
        var own = keys.find(new Owner.Person(UUID.fromString(caller.principal())), model);
        if (own.isPresent()) {
            return own;
        }
        var shared = organisation == null ? Model.Key.NONE : keys.find(organisation, model);
        return shared.isPresent() ? shared : keys.find(new Owner.Server(), model);
    }
}

package dev.qide.server.ai;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The models of a server, in the order of their file. Thread-safe.
public final class Models {
    private final Map<String, Model> byName = new LinkedHashMap<>();

    private final Set<String> localOnly;

    /// @param models with distinct names
    public Models(List<Model> models) {
        this(models, Set.of());
    }

    /// @param localOnly the names of the workspaces whose texts only local models may see
    Models(List<Model> models, Set<String> localOnly) {
        models.forEach(model -> byName.put(model.name(), model));
        this.localOnly = Set.copyOf(localOnly);
    }

    /// The models that a workspace may use, in order of preference.
    ///
    /// @param workspace its name; null for a text of no workspace
    public List<Model> of(@Nullable String workspace) {
        return byName.values().stream().filter(model -> mayUse(workspace, model)).toList();
    }

    private boolean mayUse(@Nullable String workspace, Model model) {
        return model.isLocal() || workspace == null || !localOnly.contains(workspace);
    }

    public List<Model> all() {
        return List.copyOf(byName.values());
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
                                        ? Map.of("purpose", purpose.word())
                                        : Map.of(
                                                "purpose",
                                                purpose.word(),
                                                "reason",
                                                "no-such-model")));
    }

    /// The model and those that are tried after it, without those that the workspace may not use.
    List<Model> withFallback(Model model, @Nullable String workspace) {
        var models = new LinkedHashMap<String, Model>();
        models.put(model.name(), model);
        model.fallback().stream()
                .map(byName::get)
                .filter(java.util.Objects::nonNull)
                .forEach(fallback -> models.put(fallback.name(), fallback));
        return models.values().stream().filter(one -> mayUse(workspace, one)).toList();
    }
}

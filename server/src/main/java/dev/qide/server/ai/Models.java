package dev.qide.server.ai;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The models of a server, in the order of their file. Thread-safe.
public final class Models {
    private final Map<String, Model> byName = new LinkedHashMap<>();

    /// @param models with distinct names
    public Models(List<Model> models) {
        models.forEach(model -> byName.put(model.name(), model));
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
    /// @throws FailureException `MODEL_NOT_CONFIGURED`
    public Model chosen(@Nullable String name, Model.Purpose purpose) {
        return byName.values().stream()
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

    /// The model and its fallbacks, in order.
    List<Model> withFallback(Model model) {
        var models = new LinkedHashMap<String, Model>();
        models.put(model.name(), model);
        model.fallback().stream()
                .map(byName::get)
                .filter(java.util.Objects::nonNull)
                .forEach(fallback -> models.put(fallback.name(), fallback));
        return List.copyOf(models.values());
    }
}

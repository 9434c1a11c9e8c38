package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import org.jspecify.annotations.Nullable;

/// The marker in the `data` of an item (completion, code action, code lens, …) that names its
/// language server: `{"qide":"css","of":ORIGINAL}`, without `of` if the item had no `data`. A
/// client returns `data` unchanged when it resolves the item (LSP 3.18, "completionItem/resolve"),
/// so the request reaches the right server.
public final class ItemOrigin {
    public static final String LANGUAGE = "qide";
    public static final String ORIGINAL = "of";

    private ItemOrigin() {}

    /// The language in an item's marker; null without a marker.
    public static @Nullable String of(JsonObject item) {
        return item.get("data") instanceof JsonObject data
                        && data.get(LANGUAGE) instanceof JsonPrimitive language
                ? language.getAsString()
                : null;
    }

    /// Removes the marker from an item and restores the server's own `data`.
    public static void remove(JsonObject item) {
        if (of(item) != null && item.get("data") instanceof JsonObject data) {
            if (data.has(ORIGINAL)) {
                item.add("data", data.get(ORIGINAL));
            } else {
                item.remove("data");
            }
        }
    }
}

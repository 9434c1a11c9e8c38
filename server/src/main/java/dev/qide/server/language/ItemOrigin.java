package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import org.jspecify.annotations.Nullable;

/// The mark in the `data` of an item (completion, code action, code lens, …) that says which
/// language server it came from: `{"qide":"css","of":ORIGINAL}`, without `of` where the item had no
/// `data`. A client gives `data` back unchanged when it has the item resolved (LSP 3.18,
/// "completionItem/resolve"), so the request finds its server whichever was asked last.
public final class ItemOrigin {
    public static final String LANGUAGE = "qide";
    public static final String ORIGINAL = "of";

    private ItemOrigin() {}

    /// The language in an item's mark, null when it has none.
    public static @Nullable String of(JsonObject item) {
        return item.get("data") instanceof JsonObject data
                        && data.get(LANGUAGE) instanceof JsonPrimitive language
                ? language.getAsString()
                : null;
    }

    /// Takes the mark out of an item: its `data` is what the server wrote.
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

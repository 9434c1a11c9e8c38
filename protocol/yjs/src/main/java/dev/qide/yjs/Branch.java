package dev.qide.yjs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The internal representation of a shared type: its list of items, its map entries, and its place
/// in the document. Every shared type can have both a list and entries; its kind only determines
/// how readers see it.
///
/// Invariant: `length` is the sum of the lengths of the list's countable items that are not
/// deleted; the value of a key in `entries` is the last item of that key's chain.
final class Branch {
    /// The kind of a type, by its number on the wire; a root is `UNTYPED` until it is first used.
    enum Kind {
        ARRAY(0, false),
        MAP(1, false),
        TEXT(2, false),
        XML_ELEMENT(3, true),
        XML_FRAGMENT(4, false),
        XML_HOOK(5, true),
        XML_TEXT(6, false),
        UNTYPED(-1, false);

        private static final Kind[] BY_REF = {
            ARRAY, MAP, TEXT, XML_ELEMENT, XML_FRAGMENT, XML_HOOK, XML_TEXT
        };

        final int ref;
        final boolean hasName;

        Kind(int ref, boolean hasName) {
            this.ref = ref;
            this.hasName = hasName;
        }

        static Kind ofRef(int ref) {
            return BY_REF[ref];
        }

        boolean isText() {
            return this == TEXT || this == XML_TEXT;
        }
    }

    private static final int LONG_CHAIN_ITEMS = 16;

    Kind kind;

    /// Tag or hook name of an XML type.
    final @Nullable String xmlName;

    /// The name of a root; null for a nested type.
    @Nullable String rootName;

    /// The item that carries a nested type; null for a root and before it is integrated.
    @Nullable Item item;

    @Nullable Doc doc;
    @Nullable Item start;

    /// The visible length of the list.
    long length;

    /// Whether the list has ever contained a mark.
    boolean hasFormats;

    final PositionIndex positions = new PositionIndex(this);

    /// Inserts the initial content when a local template is inserted.
    @Nullable Consumer<Transaction> template;

    private @Nullable Map<String, Item> entries;

    /// The first items of keys with long chains.
    private @Nullable Map<String, Item> firsts;

    private @Nullable List<Consumer<ChangeEvent>> observers;
    private @Nullable List<Consumer<List<ChangeEvent>>> deepObservers;

    Branch(Kind kind, @Nullable String xmlName) {
        this.kind = kind;
        this.xmlName = xmlName;
    }

    @Nullable Item entry(String key) {
        return entries == null ? null : entries.get(key);
    }

    void setEntry(String key, Item item) {
        if (entries == null) {
            entries = new LinkedHashMap<>();
        }
        entries.put(key, item);
    }

    /// The first item of a key's chain. The start of a long chain is cached after one walk.
    @Nullable Item firstEntry(String key) {
        var first = firsts == null ? null : firsts.get(key);
        if (first == null) {
            first = entry(key);
            int steps = 0;
            for (; first != null && first.left != null; steps++) {
                first = first.left;
            }
            if (steps > LONG_CHAIN_ITEMS && first != null) {
                firsts = firsts == null ? new HashMap<>(4) : firsts;
                firsts.put(key, first);
            }
        }
        return first;
    }

    /// Records an item that is now the first of its key.
    void beganWith(String key, Item item) {
        if (firsts != null) {
            firsts.computeIfPresent(key, (_, _) -> item);
        }
    }

    /// The last item of each key, in the order in which the keys were added.
    Map<String, Item> entries() {
        return entries == null ? Map.of() : entries;
    }

    /// Drops the children after they were collected.
    void clear() {
        start = null;
        entries = null;
        firsts = null;
        positions.clear();
    }

    /// Whether the item that carries this type is deleted.
    boolean isDeleted() {
        return item != null && item.isDeleted();
    }

    @Nullable Branch parent() {
        return item == null ? null : item.parent;
    }

    List<Consumer<ChangeEvent>> observers() {
        if (observers == null) {
            observers = new ArrayList<>(1);
        }
        return observers;
    }

    List<Consumer<List<ChangeEvent>>> deepObservers() {
        if (deepObservers == null) {
            deepObservers = new ArrayList<>(1);
        }
        return deepObservers;
    }

    boolean hasObservers() {
        return observers != null && !observers.isEmpty();
    }

    boolean hasDeepObservers() {
        return deepObservers != null && !deepObservers.isEmpty();
    }
}

package dev.qide.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A map that replicas edit together (`Y.Map`): of concurrently set values, all replicas keep the
/// same one. See [SharedType].
public final class YMap extends SharedType {
    YMap(Branch branch) {
        super(branch);
    }

    /// An empty map, to be inserted somewhere.
    public YMap() {
        this(Map.of());
    }

    /// A map with these entries, to be inserted somewhere.
    public YMap(Map<String, ? extends Element> entries) {
        super(PreliminaryTypes.branch(Branch.Kind.MAP, null, null));
        if (!entries.isEmpty()) {
            branch.template = _ -> entries.forEach(this::set);
        }
    }

    /// The value of a key, or null.
    public @Nullable Element get(String key) {
        return LocalEdits.entry(branch, key);
    }

    /// Whether the map has an entry with this key.
    public boolean has(String key) {
        return get(key) != null;
    }

    /// Sets an entry, which replaces an existing one with the same key.
    public void set(String key, Element element) {
        doc().transact(null, transaction -> LocalEdits.setEntry(transaction, branch, key, element));
    }

    /// Deletes an entry, if it exists.
    public void delete(String key) {
        doc().transact(null, transaction -> LocalEdits.deleteEntry(transaction, branch, key));
    }

    /// The keys that have a value.
    public List<String> keys() {
        return new ArrayList<>(entries().keySet());
    }

    /// All entries.
    public Map<String, Element> entries() {
        var entries = new LinkedHashMap<String, Element>();
        branch.entries()
                .forEach((key, item) -> {
                    if (!item.isDeleted()) {
                        entries.put(key, ContentConversion.lastElement(item.content));
                    }
                });
        return entries;
    }

    @Override
    public long length() {
        return entries().size();
    }

    @Override
    public Value toJson() {
        return ContentConversion.entriesToJson(branch, 0);
    }
}

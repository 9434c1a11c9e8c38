package dev.qide.yjs;

import java.util.Map;

/// The formatting marks of a text, by key.
final class Attributes {
    private Attributes() {}

    /// Applies a mark; `null` ends the mark of its key.
    static void apply(Map<String, Value> attributes, Content.Format format) {
        if (format.value() instanceof Value.Null) {
            attributes.remove(format.key());
        } else {
            attributes.put(format.key(), format.value());
        }
    }

    static Value get(Map<String, Value> attributes, String key) {
        var value = attributes.getOrDefault(key, Value.NULL);
        return value instanceof Value.Undefined ? Value.NULL : value;
    }

    /// Whether Yjs considers two values the same mark: it compares primitive values by `===`,
    /// objects and arrays one level deep, and anything nested deeper by identity.
    static boolean equal(Value a, Value b) {
        if (isSame(a, b)) {
            return true;
        }
        if (a instanceof Value.Obj(var mine) && b instanceof Value.Obj(var other)) {
            return mine.size() == other.size()
                    && mine.entrySet().stream()
                            .allMatch(entry ->
                                    other.containsKey(entry.getKey())
                                            && isSame(entry.getValue(), other.get(entry.getKey())));
        }
        if (a instanceof Value.Arr(var mine) && b instanceof Value.Arr(var other)) {
            boolean same = mine.size() == other.size();
            for (int i = 0; same && i < mine.size(); i++) {
                same = isSame(mine.get(i), other.get(i));
            }
            return same;
        }
        return isEmpty(a) && isEmpty(b);
    }

    /// JavaScript's `===`.
    static boolean isSame(Value a, Value b) {
        if (a instanceof Value.Num(var x) && b instanceof Value.Num(var y)) {
            return x == y;
        }
        boolean isObject =
                a instanceof Value.Obj || a instanceof Value.Arr || a instanceof Value.Bytes;
        return isObject ? sameObject(a, b) : a.equals(b);
    }

    @SuppressWarnings("ReferenceEquality") // identity is what JavaScript compares here
    private static boolean sameObject(Value a, Value b) {
        return a == b;
    }

    private static boolean isEmpty(Value value) {
        return switch (value) {
            case Value.Obj(var members) -> members.isEmpty();
            case Value.Arr(var elements) -> elements.isEmpty();
            default -> false;
        };
    }
}

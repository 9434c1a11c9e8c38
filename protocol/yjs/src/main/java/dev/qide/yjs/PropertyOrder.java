package dev.qide.yjs;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/// The order in which JavaScript lists an object's properties: array indexes first, ascending, then
/// the others in the order of their insertion. Yjs writes an object in this order, whatever order
/// it has read.
final class PropertyOrder {
    /// The largest array index of JavaScript, 2^32 − 2.
    private static final long LAST_INDEX = (1L << 32) - 2;

    private static final int INDEX_DIGITS = 10;

    private PropertyOrder() {}

    /// Whether `key` is a decimal array index in canonical form.
    static boolean isIndex(String key) {
        int length = key.length();
        if (length == 0 || length > INDEX_DIGITS || (length > 1 && key.charAt(0) == '0')) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (key.charAt(i) < '0' || key.charAt(i) > '9') {
                return false;
            }
        }
        return Long.parseLong(key) <= LAST_INDEX;
    }

    static <V> Map<String, V> sorted(Map<String, V> members) {
        var sorted = new LinkedHashMap<String, V>();
        members.keySet().stream()
                .filter(PropertyOrder::isIndex)
                .sorted(Comparator.comparingLong(Long::parseLong))
                .forEach(key -> sorted.put(key, members.get(key)));
        members.forEach(sorted::putIfAbsent);
        return sorted;
    }
}

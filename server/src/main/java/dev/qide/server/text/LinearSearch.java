package dev.qide.server.text;

/// Finds a text in another one in time proportional to the length of both, whatever they are, by
/// the algorithm of Knuth, Morris and Pratt (1977). `String.indexOf` may take the product.
public final class LinearSearch {
    private LinearSearch() {}

    /// The first index of a part at or after another index, as `String.indexOf`; -1 when it does
    /// not occur.
    public static int indexOf(String text, String part, int from) {
        if (part.isEmpty()) {
            return from <= text.length() ? from : -1;
        }
        var fallback = fallback(part);
        int matched = 0;
        for (int i = from; i < text.length(); i++) {
            matched = extended(part, fallback, matched, text.charAt(i));
            if (matched == part.length()) {
                return i + 1 - matched;
            }
        }
        return -1;
    }

    /// For each prefix of the part: the length of its longest proper prefix that it also ends with.
    private static int[] fallback(String part) {
        var fallback = new int[part.length() + 1];
        int matched = 0;
        for (int i = 1; i < part.length(); i++) {
            matched = extended(part, fallback, matched, part.charAt(i));
            fallback[i + 1] = matched;
        }
        return fallback;
    }

    /// The length of the part's prefix with which the text ends after one more character.
    private static int extended(String part, int[] fallback, int matched, char next) {
        int length = matched;
        while (length > 0 && (length == part.length() || part.charAt(length) != next)) {
            length = fallback[length];
        }
        return part.charAt(length) == next ? length + 1 : length;
    }
}

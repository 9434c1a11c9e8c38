package dev.qide.server.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the known word that is closest to a mistyped one.
final class ClosestWord {
    /// A longer word than any option is not compared.
    private static final int WORD_CHARACTERS = 64;

    private static final int MAX_EDIT_DISTANCE = 3;

    private ClosestWord() {}

    /// The word with the fewest editDistance (a letter too many, too few, another, or two
    /// exchanged): at most three, and at most a third of the letters and one.
    static Optional<String> to(String mistyped, Collection<String> words) {
        if (mistyped.length() > WORD_CHARACTERS) {
            return Optional.empty();
        }
        int most = Math.min(MAX_EDIT_DISTANCE, mistyped.replaceFirst("^-+", "").length() / 3 + 1);
        return words.stream()
                .filter(word -> editDistance(mistyped, word) <= most)
                .min(
                        Comparator.comparingInt((String word) -> editDistance(mistyped, word))
                                .thenComparing(Comparator.naturalOrder()));
    }

    /// The optimal string alignment distance.
    static int editDistance(String typed, String meant) {
        var rows = new int[typed.length() + 1][meant.length() + 1];
        for (int i = 0; i <= typed.length(); i++) {
            for (int j = 0; j <= meant.length(); j++) {
                rows[i][j] = i == 0 || j == 0 ? i + j : cheapest(rows, i, j, typed, meant);
            }
        }
        return rows[typed.length()][meant.length()];
    }

    private static int cheapest(int[][] rows, int i, int j, String typed, String meant) {
        int other = typed.charAt(i - 1) == meant.charAt(j - 1) ? 0 : 1;
        int cheapest =
                Math.min(rows[i - 1][j - 1] + other, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
        boolean areExchanged =
                i > 1
                        && j > 1
                        && typed.charAt(i - 1) == meant.charAt(j - 2)
                        && typed.charAt(i - 2) == meant.charAt(j - 1);
        return areExchanged ? Math.min(cheapest, rows[i - 2][j - 2] + 1) : cheapest;
    }
}

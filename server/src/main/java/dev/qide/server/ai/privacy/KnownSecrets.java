package dev.qide.server.ai.privacy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Replaces known secrets wherever they are in a text, whatever surrounds them.
///
/// Where secrets overlap, the one that begins first wins, and among those that begin at the same
/// place the longest one. The time is linear in the text and in the secrets, but for the logarithms
/// of the number and of the greatest length of the secrets, also when they share long beginnings.
/// Owned by one thread.
final class KnownSecrets {
    /// The positions whose hashes are computed at a time.
    private static final int WINDOW = 1 << 16;

    private static final int PAIRS = 1 << 16;

    /// Hashes are polynomials modulo this Mersenne prime. Nobody can write texts of the same hash,
    /// because the base is secret.
    private static final long MODULUS = (1L << 61) - 1;

    private static final long[] POWERS = powers();

    /// From the largest to the smallest, each more than twice as large as the next.
    private final List<Batch> batches = new ArrayList<>();

    private List<String> added = new ArrayList<>();

    /// @param secret of at least two characters
    void add(String secret) {
        added.add(secret);
    }

    /// The text with all secrets that were added so far replaced.
    String replaced(String text, UnaryOperator<String> replacement) {
        index();
        var replaced = new StringBuilder();
        int longest = batches.stream().mapToInt(Batch::longest).max().orElse(0);
        int step = Math.max(WINDOW, longest);
        int done = 0;
        int at = 0;
        while (longest > 0 && at < text.length() - 1) {
            int end = Math.min(text.length() - 1, at + step);
            var hashes = Hashes.of(text, at, (int) Math.min(text.length(), (long) end + longest));
            while (at < end) {
                var secret = at(text, at, hashes);
                if (secret == null) {
                    at++;
                } else {
                    replaced.append(text, done, at).append(replacement.apply(secret));
                    at += secret.length();
                    done = at;
                }
            }
        }
        return done == 0 ? text : replaced.append(text, done, text.length()).toString();
    }

    /// The longest secret at an index of the text.
    private @Nullable String at(String text, int index, Hashes hashes) {
        String longest = null;
        int pair = pair(text, index);
        for (var batch : batches) {
            if (batch.beginnings.get(pair)) {
                var found = batch.longestAt(hashes, index);
                if (found.length() > (longest == null ? 0 : longest.length())
                        && text.startsWith(found, index)) {
                    longest = found;
                }
            }
        }
        return longest;
    }

    /// Makes a batch of the secrets that were added, together with smaller ones, so that there are
    /// few batches and each secret is seldom put into another one.
    private void index() {
        if (added.isEmpty()) {
            return;
        }
        while (!batches.isEmpty() && batches.getLast().secrets.size() <= 2 * added.size()) {
            added.addAll(batches.removeLast().secrets);
        }
        batches.add(new Batch(added));
        added = new ArrayList<>();
    }

    private static int pair(String text, int at) {
        return (text.charAt(at) * 31 + text.charAt(at + 1)) % PAIRS;
    }

    /// Finds the longest of its secrets at a place by a binary search for its length.
    ///
    /// The search adds powers of two to the length, the largest first, as long as a secret begins
    /// with that much of the text. To that end `longestIn` has the hash of each beginning of a
    /// secret that the search for it comes to, which are those whose length is that of the secret
    /// without some of its lowest bits.
    private static final class Batch {
        private static final String NONE = "";

        private final List<String> secrets;
        private final BitSet beginnings = new BitSet(PAIRS);

        /// The longest secret with which a beginning begins.
        private final Map<Long, String> longestIn = new HashMap<>();

        Batch(List<String> secrets) {
            this.secrets = secrets;
            secrets.sort(Comparator.comparingInt(String::length));
            secrets.forEach(this::add);
        }

        int longest() {
            return secrets.getLast().length();
        }

        /// Adds a secret after all shorter ones.
        private void add(String secret) {
            beginnings.set(pair(secret, 0));
            var hashes = Hashes.of(secret, 0, secret.length());
            long hash = 0;
            int length = 0;
            for (int left = secret.length(); left > 0; left -= Integer.highestOneBit(left)) {
                int bit = bitOf(left);
                hash = hashes.extended(hash, length, bit);
                length += 1 << bit;
                if (length == secret.length()) {
                    longestIn.put(hash, secret);
                } else if (!longestIn.containsKey(hash)) {
                    longestIn.put(hash, longestIn(hashes, 0, length));
                }
            }
        }

        String longestAt(Hashes hashes, int index) {
            return longestIn(hashes, index - hashes.start(), hashes.length());
        }

        private String longestIn(Hashes hashes, int from, int end) {
            var longest = NONE;
            long hash = 0;
            int at = from;
            for (int bit = bitOf(longest()); bit >= 0; bit--) {
                if (end - at >= 1 << bit) {
                    long next = hashes.extended(hash, at, bit);
                    var found = longestIn.get(next);
                    if (found != null) {
                        longest = found;
                        hash = next;
                        at += 1 << bit;
                    }
                }
            }
            return longest;
        }

        private static int bitOf(int length) {
            return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(length);
        }
    }

    /// The hashes of all beginnings of a part of a text.
    ///
    /// @param start of the part in the text
    private record Hashes(int start, long[] ofBeginnings) {
        static Hashes of(String text, int start, int end) {
            var hashes = new long[end - start + 1];
            for (int i = start; i < end; i++) {
                hashes[i - start + 1] =
                        sum(product(hashes[i - start], POWERS[0]), text.charAt(i) + 1L);
            }
            return new Hashes(start, hashes);
        }

        int length() {
            return ofBeginnings.length - 1;
        }

        /// The hash of a string and the `1 << bit` characters from an index of the part.
        long extended(long hash, int from, int bit) {
            // hash * power + (ofBeginnings[to] - ofBeginnings[from] * power)
            long difference = sum(hash, MODULUS - ofBeginnings[from]);
            return sum(product(difference, POWERS[bit]), ofBeginnings[from + (1 << bit)]);
        }
    }

    private static long sum(long one, long other) {
        long sum = one + other;
        return sum >= MODULUS ? sum - MODULUS : sum;
    }

    private static long product(long one, long other) {
        long low = one * other;
        long high = Math.multiplyHigh(one, other);
        return sum(low & MODULUS, low >>> 61 | high << 3);
    }

    /// The base to the power of each power of two.
    private static long[] powers() {
        var powers = new long[Integer.SIZE - 1];
        powers[0] = new SecureRandom().nextLong(1L << 32, MODULUS);
        for (int bit = 1; bit < powers.length; bit++) {
            powers[bit] = product(powers[bit - 1], powers[bit - 1]);
        }
        return powers;
    }
}

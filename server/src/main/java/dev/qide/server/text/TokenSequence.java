package dev.qide.server.text;

import java.util.Arrays;

/// A text divided into consecutive tokens, none of which splits a character. Immutable.
public final class TokenSequence {
    private final String text;
    private final int[] ends;

    /// The size of tokens.
    public enum Granularity {
        /// A line with its line feed.
        LINES,
        /// A word of letters, digits and `_`, a run of blanks, or one other character; an ideograph
        /// is a word.
        WORDS,
        /// A Unicode code point.
        CHARACTERS
    }

    /// Assigns numbers to tokens; equal tokens have equal numbers. Owned by one thread.
    ///
    /// A hash table with open addressing over text positions: texts of millions of lines need no
    /// object per line.
    public static final class Vocabulary {
        private static final int FIRST = 16;
        private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

        private String[] texts = new String[FIRST];
        private int[] starts = new int[FIRST];
        private int[] ends = new int[FIRST];
        private long[] hashes = new long[FIRST];
        private int[] slots = new int[2 * FIRST];
        private int count;

        /// The number of distinct tokens.
        public int size() {
            return count;
        }

        private int number(String text, int start, int end) {
            long hash = (long) end - start;
            for (int i = start; i < end; i++) {
                hash = (hash ^ text.charAt(i)) * MULTIPLIER;
            }
            hash ^= hash >>> 32;
            int slot = (int) hash & (slots.length - 1);
            while (slots[slot] != 0) {
                int existing = slots[slot] - 1;
                if (hashes[existing] == hash
                        && ends[existing] - starts[existing] == end - start
                        && text.regionMatches(
                                start, texts[existing], starts[existing], end - start)) {
                    return existing;
                }
                slot = (slot + 1) & (slots.length - 1);
            }
            return add(slot, hash, text, start, end);
        }

        private int add(int slot, long hash, String text, int start, int end) {
            if (count == texts.length) {
                grow();
                return number(text, start, end);
            }
            slots[slot] = count + 1;
            hashes[count] = hash;
            texts[count] = text;
            starts[count] = start;
            ends[count] = end;
            return count++;
        }

        private void grow() {
            texts = Arrays.copyOf(texts, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
            hashes = Arrays.copyOf(hashes, 2 * count);
            slots = new int[4 * count];
            for (int i = 0; i < count; i++) {
                int slot = (int) hashes[i] & (slots.length - 1);
                while (slots[slot] != 0) {
                    slot = (slot + 1) & (slots.length - 1);
                }
                slots[slot] = i + 1;
            }
        }
    }

    private TokenSequence(String text, int[] ends) {
        this.text = text;
        this.ends = ends;
    }

    /// Divides a text into tokens.
    public static TokenSequence of(String text, Granularity granularity) {
        var ends = new int[granularity == Granularity.LINES ? 64 : text.length()];
        int count = 0;
        for (int at = 0; at < text.length(); ) {
            at =
                    switch (granularity) {
                        case LINES -> endOfLine(text, at);
                        case WORDS -> endOfWord(text, at);
                        case CHARACTERS -> at + Character.charCount(text.codePointAt(at));
                    };
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, 2 * count);
            }
            ends[count++] = at;
        }
        return new TokenSequence(text, Arrays.copyOf(ends, count));
    }

    /// The number of tokens.
    public int count() {
        return ends.length;
    }

    /// The offset of a token's start; for the number of tokens, the length of the text.
    public int start(int piece) {
        return piece == 0 ? 0 : ends[piece - 1];
    }

    /// The text of the tokens `[from, to)`.
    public String text(int from, int to) {
        return text.substring(start(from), start(to));
    }

    /// The tokens as numbers.
    public int[] numbers(Vocabulary vocabulary) {
        var numbers = new int[ends.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = vocabulary.number(text, start(i), ends[i]);
        }
        return numbers;
    }

    private static int endOfLine(String text, int at) {
        int feed = text.indexOf('\n', at);
        return feed < 0 ? text.length() : feed + 1;
    }

    private static int endOfWord(String text, int at) {
        int first = text.codePointAt(at);
        int end = at + Character.charCount(first);
        boolean isBlank = isBlank(first);
        if (!isBlank && !isOfWord(first)) {
            return end;
        }
        while (end < text.length()) {
            int next = text.codePointAt(end);
            if (isBlank ? !isBlank(next) : !isOfWord(next)) {
                return end;
            }
            end += Character.charCount(next);
        }
        return end;
    }

    private static boolean isBlank(int character) {
        return character == ' ' || character == '\t';
    }

    private static boolean isOfWord(int character) {
        return (Character.isLetterOrDigit(character) && !Character.isIdeographic(character))
                || character == '_';
    }
}

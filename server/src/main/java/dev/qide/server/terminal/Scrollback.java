package dev.qide.server.terminal;

/// The last output of a terminal, by position: the number of UTF-16 units before it. Owned by
/// whoever holds the terminal's lock.
final class Scrollback {
    /// UTF-16 units that are kept.
    static final int CHARACTERS = 128 << 10;

    private final char[] ring = new char[CHARACTERS];
    private long end;

    /// The position of the first unit that is kept.
    long first() {
        long first = Math.max(0, end - CHARACTERS);
        // Half of a character is not shown.
        return first < end && Character.isLowSurrogate(at(first)) ? first + 1 : first;
    }

    /// The position after the last unit.
    long end() {
        return end;
    }

    /// @param text whole characters, at most [#CHARACTERS] units
    void append(String text) {
        for (int i = 0; i < text.length(); i++) {
            ring[(int) (end % CHARACTERS)] = text.charAt(i);
            end++;
        }
    }

    /// The text from a position that is kept; never a half of a character at its end.
    ///
    /// @param atMost UTF-16 units, at least 2
    String from(long position, int atMost) {
        int length = (int) Math.min(atMost, end - position);
        if (length > 0
                && position + length < end
                && Character.isHighSurrogate(at(position + length - 1))) {
            length--;
        }
        var text = new StringBuilder(length);
        for (long i = position; i < position + length; i++) {
            text.append(at(i));
        }
        return text.toString();
    }

    private char at(long position) {
        return ring[(int) (position % CHARACTERS)];
    }
}

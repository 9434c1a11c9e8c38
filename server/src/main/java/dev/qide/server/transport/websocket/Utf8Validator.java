package dev.qide.server.transport.websocket;

/// Checks byte by byte whether a text is UTF-8 (RFC 3629, section 4), so that the first byte that
/// cannot belong to one is found when it comes. Owned by one thread.
final class Utf8Validator {
    private static final int CONTINUATION_LOW = 0x80;
    private static final int CONTINUATION_HIGH = 0xbf;

    private int needed;
    private int low = CONTINUATION_LOW;
    private int high = CONTINUATION_HIGH;

    /// Takes the next byte.
    ///
    /// @return false when the text is not UTF-8; nothing can be checked afterwards
    boolean accept(int next) {
        if (needed == 0) {
            return next < 0x80 || begin(next);
        }
        boolean isContinuation = next >= low && next <= high;
        needed--;
        low = CONTINUATION_LOW;
        high = CONTINUATION_HIGH;
        return isContinuation;
    }

    /// Whether no character is under way.
    boolean isComplete() {
        return needed == 0;
    }

    /// The second byte of some characters has narrower bounds: they shut out longer forms of
    /// shorter characters, surrogates, and what is above U+10FFFF.
    private boolean begin(int first) {
        if (first >= 0xc2 && first <= 0xdf) {
            needed = 1;
        } else if (first >= 0xe0 && first <= 0xef) {
            needed = 2;
            low = first == 0xe0 ? 0xa0 : CONTINUATION_LOW;
            high = first == 0xed ? 0x9f : CONTINUATION_HIGH;
        } else if (first >= 0xf0 && first <= 0xf4) {
            needed = 3;
            low = first == 0xf0 ? 0x90 : CONTINUATION_LOW;
            high = first == 0xf4 ? 0x8f : CONTINUATION_HIGH;
        }
        return needed > 0;
    }
}

package dev.qide.yjs;

/// Reads a column of bytes in which equal neighbours are written once (`RleDecoder` of lib0): the
/// byte and the number of its repetitions less one. The last run has no number and does not end.
///
/// Owned by one thread.
final class RleDecoder {
    private static final long ENDLESS = Long.MAX_VALUE;

    private final Lib0Decoder decoder;
    private int value;

    /// The number of values that the current run still has.
    private long left;

    RleDecoder(Lib0Decoder decoder) {
        this.decoder = decoder;
    }

    int read() {
        if (left == 0) {
            value = decoder.readByte();
            left = decoder.hasMore() ? decoder.readVarUint() + 1 : ENDLESS;
        }
        if (left != ENDLESS) {
            left--;
        }
        return value;
    }

    /// Whether every written run was begun, and all but the last were read to their end.
    boolean isAtEnd() {
        return (left == 0 || left == ENDLESS) && !decoder.hasMore();
    }
}

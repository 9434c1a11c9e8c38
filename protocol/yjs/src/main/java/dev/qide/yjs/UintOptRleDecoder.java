package dev.qide.yjs;

/// Reads a column of unsigned numbers in which equal neighbours are written once
/// (`UintOptRleDecoder` of lib0): a varInt, and, if it has the sign bit, the number of its
/// repetitions less two.
///
/// Owned by one thread.
final class UintOptRleDecoder {
    private final Lib0Decoder decoder;
    private long value;

    /// The number of values that the current run still has.
    private long left;

    UintOptRleDecoder(Lib0Decoder decoder) {
        this.decoder = decoder;
    }

    long read() {
        if (left == 0) {
            boolean hasCount = decoder.isNextNegative();
            value = Math.abs(decoder.readVarInt());
            left = hasCount ? decoder.readVarUint() + 2 : 1;
        }
        left--;
        return value;
    }

    /// Whether every written value was read.
    boolean isAtEnd() {
        return left == 0 && !decoder.hasMore();
    }
}

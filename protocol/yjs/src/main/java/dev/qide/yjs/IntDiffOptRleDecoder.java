package dev.qide.yjs;

/// Reads a column of clocks, each written as its difference from the one before; equal differences
/// are written once (`IntDiffOptRleDecoder` of lib0): a varInt of twice the difference, with 1 as
/// the lowest bit if the number of repetitions, less two, follows.
///
/// Owned by one thread.
final class IntDiffOptRleDecoder {
    private final Lib0Decoder decoder;
    private long value;
    private long difference;

    /// The number of values that the current run still has.
    private long left;

    IntDiffOptRleDecoder(Lib0Decoder decoder) {
        this.decoder = decoder;
    }

    /// @throws MalformedUpdateException when the value is not in 0..2^53 − 1
    long read() {
        if (left == 0) {
            long encoded = decoder.readVarInt();
            difference = encoded >> 1;
            left = (encoded & 1) != 0 ? decoder.readVarUint() + 2 : 1;
        }
        left--;
        value += difference;
        if (value < 0 || value > Lib0Decoder.MAXIMUM_UINT) {
            throw decoder.malformed("clock is not in 0..2^53-1");
        }
        return value;
    }

    /// Whether every written value was read.
    boolean isAtEnd() {
        return left == 0 && !decoder.hasMore();
    }
}

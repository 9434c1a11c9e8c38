package dev.qide.yjs;

/// Writes what [UintOptRleDecoder] reads. Owned by one thread.
final class UintOptRleEncoder {
    private final Lib0Encoder encoder = new Lib0Encoder();
    private long value;
    private long count;

    /// @param next 0 to 2^53 − 1
    void write(long next) {
        if (next != value) {
            flush();
            value = next;
        }
        count++;
    }

    private void flush() {
        if (count == 1) {
            encoder.writeVarInt(value);
        } else if (count > 1) {
            if (value == 0) {
                encoder.writeNegativeZero();
            } else {
                encoder.writeVarInt(-value);
            }
            encoder.writeVarUint(count - 2);
        }
        count = 0;
    }

    /// Ends the column and returns its bytes.
    byte[] finish() {
        flush();
        return encoder.toBytes();
    }
}

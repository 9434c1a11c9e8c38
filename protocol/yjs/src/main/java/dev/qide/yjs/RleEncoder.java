package dev.qide.yjs;

/// Writes what [RleDecoder] reads. Owned by one thread.
final class RleEncoder {
    private final Lib0Encoder encoder = new Lib0Encoder();
    private int value;
    private long count;

    /// @param next 0 to 255
    void write(int next) {
        if (count > 0 && next == value) {
            count++;
            return;
        }
        if (count > 0) {
            encoder.writeVarUint(count - 1);
        }
        encoder.writeByte(next);
        value = next;
        count = 1;
    }

    /// The column's bytes; the last run has no number.
    byte[] finish() {
        return encoder.toBytes();
    }
}

package dev.qide.yjs;

/// Writes what [IntDiffOptRleDecoder] reads. Owned by one thread.
final class IntDiffOptRleEncoder {
    /// Twice the difference, plus one, is a varInt.
    private static final long LARGEST_DIFFERENCE = Lib0Decoder.MAXIMUM_UINT / 2;

    private final Lib0Encoder encoder = new Lib0Encoder();
    private long value;
    private long difference;
    private long count;

    /// @param next 0 to 2^53 − 1
    /// @throws MalformedUpdateException when it is 2^52 or more away from the value before: format
    ///   v2 has no bytes for it
    void write(long next) {
        if (next - value != difference) {
            flush();
            difference = next - value;
            if (Math.abs(difference) > LARGEST_DIFFERENCE) {
                throw new MalformedUpdateException("clock has no form in format v2", 0);
            }
        }
        value = next;
        count++;
    }

    private void flush() {
        if (count > 0) {
            encoder.writeVarInt(2 * difference + (count > 1 ? 1 : 0));
        }
        if (count > 1) {
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

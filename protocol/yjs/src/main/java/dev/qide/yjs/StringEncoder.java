package dev.qide.yjs;

/// Writes what [StringDecoder] reads. Owned by one thread.
final class StringEncoder {
    private final Lib0Encoder text = new Lib0Encoder();
    private final UintOptRleEncoder lengths = new UintOptRleEncoder();

    void write(String string) {
        text.writeUtf8(string);
        lengths.write(string.length());
    }

    /// Writes a string of `units` UTF-16 units from its UTF-8, `source[from, to)`.
    void write(byte[] source, int from, int to, long units) {
        text.writeRaw(source, from, to);
        lengths.write(units);
    }

    /// Ends the column and returns its bytes.
    byte[] finish() {
        var column = new Lib0Encoder(text.size() + Lib0Encoder.LONGEST_VAR_UINT_BYTES);
        column.writeVarUint(text.size());
        text.copyTo(column);
        return column.writeRaw(lengths.finish()).toBytes();
    }
}

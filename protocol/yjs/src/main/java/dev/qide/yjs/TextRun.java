package dev.qide.yjs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// The text of an item: a mutable run of UTF-16 units, stored in one byte a unit while it is
/// Latin-1 and in two otherwise, with room to grow at its end. Owned by one thread.
final class TextRun implements Content {
    private static final char REPLACEMENT = '\uFFFD';

    private byte[] bytes;
    private int length;
    private boolean wide;

    /// Whether all units are known to be ASCII: then they are written as they are.
    private boolean ascii;

    private TextRun(byte[] bytes, int length, boolean wide, boolean ascii) {
        this.bytes = bytes;
        this.length = length;
        this.wide = wide;
        this.ascii = ascii;
    }

    static TextRun of(String text) {
        int union = 0;
        for (int i = 0; i < text.length(); i++) {
            union |= text.charAt(i);
            if (union > 0xFF) {
                var run = new TextRun(new byte[2 * text.length()], text.length(), true, false);
                for (int j = 0; j < text.length(); j++) {
                    run.put(j, text.charAt(j));
                }
                return run;
            }
        }
        byte[] latin = text.getBytes(StandardCharsets.ISO_8859_1);
        return new TextRun(latin, latin.length, false, union < 0x80);
    }

    /// Decodes `utf8[from, to)`, which is known to be UTF-8 of `units` UTF-16 units.
    static TextRun ofUtf8(byte[] utf8, int from, int to, int units) {
        if (units == to - from) {
            return new TextRun(Arrays.copyOfRange(utf8, from, to), units, false, true);
        }
        return of(new String(utf8, from, to - from, StandardCharsets.UTF_8));
    }

    @Override
    public int kind() {
        return StructCursor.STRING;
    }

    @Override
    public long length() {
        return length;
    }

    /// The bytes in which the units are stored.
    int storedBytes() {
        return wide ? 2 * length : length;
    }

    /// Copies the units to `latin` from `at` on; false when they are no Latin-1.
    boolean copyLatin(byte[] latin, int at) {
        if (wide) {
            return false;
        }
        System.arraycopy(bytes, 0, latin, at, length);
        return true;
    }

    /// The number of UTF-16 units.
    int units() {
        return length;
    }

    @Override
    public boolean canAppend(Content right) {
        return right instanceof TextRun;
    }

    @Override
    public void append(List<Content> rights) {
        int units = 0;
        for (var right : rights) {
            units += ((TextRun) right).length;
        }
        reserve(units);
        for (var right : rights) {
            append((TextRun) right);
        }
    }

    @Override
    public void write(Lib0Encoder encoder, long offset, long itemLength) {
        write(encoder, (int) offset);
    }

    char charAt(int i) {
        return wide
                ? (char) ((bytes[2 * i] & 0xFF) << 8 | (bytes[2 * i + 1] & 0xFF))
                : (char) (bytes[i] & 0xFF);
    }

    private void put(int i, char unit) {
        bytes[2 * i] = (byte) (unit >> 8);
        bytes[2 * i + 1] = (byte) unit;
    }

    /// Appends `other`; the room grows by half, so that typing costs amortised constant time.
    void append(TextRun other) {
        if (other.wide && !wide) {
            widen();
        }
        reserve(other.length);
        if (wide == other.wide) {
            int scale = wide ? 2 : 1;
            System.arraycopy(other.bytes, 0, bytes, scale * length, scale * other.length);
        } else {
            for (int i = 0; i < other.length; i++) {
                put(length + i, other.charAt(i));
            }
        }
        length += other.length;
        ascii &= other.ascii;
    }

    /// Makes room for `units` more.
    void reserve(int units) {
        int needed = (length + units) * (wide ? 2 : 1);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, needed + (needed >> 2)));
        }
    }

    private void widen() {
        byte[] narrow = bytes;
        bytes = new byte[2 * length];
        wide = true;
        ascii = false;
        for (int i = 0; i < length; i++) {
            put(i, (char) (narrow[i] & 0xFF));
        }
    }

    /// Cuts the run at `offset` and returns what is behind. A cut inside a surrogate pair leaves
    /// U+FFFD on both sides, as in Yjs (yjs/yjs#248), so that both halves can be encoded.
    @Override
    public TextRun splitOff(int offset) {
        int scale = wide ? 2 : 1;
        var right =
                new TextRun(
                        Arrays.copyOfRange(bytes, scale * offset, scale * length),
                        length - offset,
                        wide,
                        ascii);
        length = offset;
        if (scale * offset * 2 < bytes.length) {
            bytes = Arrays.copyOf(bytes, scale * offset);
        }
        if (wide && Character.isHighSurrogate(charAt(offset - 1))) {
            put(offset - 1, REPLACEMENT);
            right.put(0, REPLACEMENT);
        }
        return right;
    }

    /// Writes the units from `from` on as varString.
    void write(Lib0Encoder encoder, int from) {
        if (ascii) {
            encoder.writeAscii(bytes, from, length);
        } else if (wide) {
            encoder.writeVarString(substring(from, length));
        } else {
            encoder.writeLatin(bytes, from, length);
        }
    }

    String substring(int from, int to) {
        if (!wide) {
            return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        }
        char[] units = new char[to - from];
        for (int i = from; i < to; i++) {
            units[i - from] = charAt(i);
        }
        return new String(units);
    }

    /// Appends `[from, to)` to `out`.
    void appendTo(StringBuilder out, int from, int to) {
        out.append(substring(from, to));
    }

    @Override
    public String toString() {
        return substring(0, length);
    }
}

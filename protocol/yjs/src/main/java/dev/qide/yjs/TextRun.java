package dev.qide.yjs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// The text of an item: a mutable run of UTF-16 units, stored in one byte per unit while it is
/// Latin-1 and in two otherwise, with spare capacity at its end. Owned by one thread.
final class TextRun implements Content {
    private static final char REPLACEMENT = '\uFFFD';

    /// The largest offset at which a run can start in its bytes.
    private static final int START = (1 << 30) - 1;

    private static final int ASCII = 1 << 30;
    private static final int WIDE = 1 << 31;

    /// The length in units up to which text is appended unit by unit.
    private static final int SHORT_TEXT = 16;

    private byte[] bytes;
    private int length;

    /// The unit of `bytes` at which the run starts, [#WIDE], and [#ASCII] if all units are known to
    /// be ASCII and can be written unchanged. A single field, since there are very many runs.
    private int startAndFlags;

    private TextRun(byte[] bytes, int length, int startAndFlags) {
        this.bytes = bytes;
        this.length = length;
        this.startAndFlags = startAndFlags;
    }

    private int start() {
        return startAndFlags & START;
    }

    private boolean isWide() {
        return (startAndFlags & WIDE) != 0;
    }

    private boolean isAscii() {
        return (startAndFlags & ASCII) != 0;
    }

    private int scale() {
        return isWide() ? 2 : 1;
    }

    static TextRun of(String text) {
        int union = 0;
        for (int i = 0; i < text.length(); i++) {
            union |= text.charAt(i);
            if (union > 0xFF) {
                var run = new TextRun(new byte[2 * text.length()], text.length(), WIDE);
                for (int j = 0; j < text.length(); j++) {
                    run.put(j, text.charAt(j));
                }
                return run;
            }
        }
        byte[] latin = text.getBytes(StandardCharsets.ISO_8859_1);
        return new TextRun(latin, latin.length, union < 0x80 ? ASCII : 0);
    }

    /// Decodes `utf8[from, to)`, which must be valid UTF-8 of `units` UTF-16 units.
    static TextRun ofUtf8(byte[] utf8, int from, int to, int units) {
        if (units == to - from) {
            return new TextRun(Arrays.copyOfRange(utf8, from, to), units, ASCII);
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
        return scale() * length;
    }

    /// Copies the units to `latin` from `at`; returns false if they are not Latin-1.
    boolean copyLatin(byte[] latin, int at) {
        if (isWide()) {
            return false;
        }
        System.arraycopy(bytes, start(), latin, at, length);
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
        int at = start() + i;
        return isWide()
                ? (char) ((bytes[2 * at] & 0xFF) << 8 | (bytes[2 * at + 1] & 0xFF))
                : (char) (bytes[at] & 0xFF);
    }

    private void put(int i, char unit) {
        int at = start() + i;
        bytes[2 * at] = (byte) (unit >> 8);
        bytes[2 * at + 1] = (byte) unit;
    }

    /// Appends `other`; the capacity grows by half, so that typing costs amortised constant time.
    void append(TextRun other) {
        if (other.isWide() && !isWide()) {
            widen();
        }
        reserve(other.length);
        if (isWide() == other.isWide()) {
            int scale = scale();
            System.arraycopy(
                    other.bytes,
                    scale * other.start(),
                    bytes,
                    scale * (start() + length),
                    scale * other.length);
        } else {
            for (int i = 0; i < other.length; i++) {
                put(length + i, other.charAt(i));
            }
        }
        length += other.length;
        startAndFlags &= other.isAscii() ? -1 : ~ASCII;
    }

    /// Appends a short text without a run of its own; returns false, without a change, if it is not
    /// ASCII or the run is not.
    boolean appendAscii(String text) {
        if (!isAscii() || text.length() > SHORT_TEXT) {
            return false;
        }
        int units = text.length();
        for (int i = 0; i < units; i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        reserve(units);
        int at = start() + length;
        for (int i = 0; i < units; i++) {
            bytes[at + i] = (byte) text.charAt(i);
        }
        length += units;
        return true;
    }

    /// Reserves capacity for `units` more.
    void reserve(int units) {
        int needed = (length + units) * scale();
        if (scale() * start() + needed > bytes.length) {
            move(Math.max(needed, needed + (needed >> 2)));
        }
    }

    /// Moves the units to the start of an array of this size.
    private void move(int size) {
        int from = scale() * start();
        byte[] moved = new byte[size];
        System.arraycopy(bytes, from, moved, 0, scale() * length);
        bytes = moved;
        startAndFlags &= ~START;
    }

    private void widen() {
        byte[] narrow = bytes;
        int from = start();
        bytes = new byte[2 * length];
        startAndFlags = WIDE;
        for (int i = 0; i < length; i++) {
            put(i, (char) (narrow[from + i] & 0xFF));
        }
    }

    /// Splits the run at `offset` and returns the right part. A split inside a surrogate pair
    /// leaves U+FFFD on both sides, as in Yjs (yjs/yjs#248), so that both parts can be encoded.
    ///
    /// The shorter side is copied and the longer one keeps the bytes, so that splitting a text into
    /// very many pieces, from either end, copies little.
    @Override
    public TextRun splitOff(int offset) {
        int rest = length - offset;
        TextRun right;
        if (rest <= offset || start() + offset > START) {
            right = copy(offset, rest);
            length = offset;
            shrink();
        } else {
            right = new TextRun(bytes, rest, startAndFlags + offset);
            var left = copy(0, offset);
            bytes = left.bytes;
            startAndFlags = left.startAndFlags;
            length = offset;
            right.shrink();
        }
        if (isWide() && Character.isHighSurrogate(charAt(offset - 1))) {
            put(offset - 1, REPLACEMENT);
            right.put(0, REPLACEMENT);
        }
        return right;
    }

    @Override
    public TextRun copy() {
        return copy(0, length);
    }

    private TextRun copy(int offset, int units) {
        int from = scale() * (start() + offset);
        return new TextRun(
                Arrays.copyOfRange(bytes, from, from + scale() * units),
                units,
                startAndFlags & ~START);
    }

    /// Shrinks the array if less than half of it is used.
    private void shrink() {
        if (2L * scale() * length < bytes.length) {
            move(scale() * length);
        }
    }

    /// Writes the units from `from` as varString.
    void write(Lib0Encoder encoder, int from) {
        if (isAscii()) {
            encoder.writeAscii(bytes, start() + from, start() + length);
        } else if (isWide()) {
            encoder.writeVarString(substring(from, length));
        } else {
            encoder.writeLatin(bytes, start() + from, start() + length);
        }
    }

    String substring(int from, int to) {
        if (!isWide()) {
            return new String(bytes, start() + from, to - from, StandardCharsets.ISO_8859_1);
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

package dev.qide.server.files.disk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The extension `link` of an index (gitformat-index(5), "Split index"): most entries are in a
/// shared file beside it.
///
/// @param sharedFile the name of that file, `sharedindex.` and a hash
/// @param deleted the entries of the shared file, by position, that do not count
record SplitIndex(String sharedFile, BitSet deleted) {
    static final int SIGNATURE = 0x6C696E6B;

    private static final int WORD_BITS = 64;
    private static final int LITERALS_AT = 33;
    private static final long RUN_LENGTH = 0xFFFF_FFFFL;

    /// Reads the extension; null for one without a shared file.
    ///
    /// @param entries the most entries that a shared file can have
    /// @throws BufferUnderflowException when it is malformed
    static @Nullable SplitIndex read(ByteBuffer in, int hashBytes, int entries) {
        var hash = new byte[hashBytes];
        in.get(hash);
        var name = HexFormat.of().formatHex(hash);
        if (name.chars().allMatch(digit -> digit == '0')) {
            return null;
        }
        // The entries that replace shared ones follow, as a second bitmap: their paths are the
        // same.
        var deleted = in.hasRemaining() ? bitmap(in, entries) : new BitSet();
        return new SplitIndex("sharedindex." + name, deleted);
    }

    /// A bitmap in EWAH encoding: each run of equal words is followed by literal ones.
    private static BitSet bitmap(ByteBuffer in, int entries) {
        int bits = in.getInt();
        int words = in.getInt();
        require(bits >= 0 && bits <= entries && words >= 0 && words <= in.remaining() / Long.BYTES);
        var set = new BitSet();
        int at = 0;
        while (words > 0) {
            long marker = in.getLong();
            long run = ((marker >>> 1) & RUN_LENGTH) * WORD_BITS;
            long literals = marker >>> LITERALS_AT;
            require(run + at < bits + WORD_BITS && literals < words);
            if ((marker & 1) != 0) {
                set.set(at, at + (int) run);
            }
            at += (int) run;
            for (int i = 0; i < literals; i++) {
                require(at < bits);
                put(set, at, in.getLong());
                at += WORD_BITS;
            }
            words -= 1 + (int) literals;
        }
        in.getInt(); // The position of the last marker.
        return set;
    }

    private static void put(BitSet set, int at, long word) {
        for (long rest = word; rest != 0; rest &= rest - 1) {
            set.set(at + Long.numberOfTrailingZeros(rest));
        }
    }

    private static void require(boolean isValid) {
        if (!isValid) {
            throw new BufferUnderflowException();
        }
    }
}

package dev.qide.server.collab;

import dev.qide.yjs.Lib0Encoder;
import java.util.random.RandomGenerator;

/// The update that begins a generation of a document.
///
/// Its author is a random client id from 2^32 to 2^53, recorded with the generation, so that the
/// server recognises a stale client that names the author of another generation. The update first
/// sets the entry `incarnation` of the root map `qide`, so that an empty text has an author too,
/// and then inserts the text, if any. (An empty text item would leave an entry 0 in state vectors,
/// and later edits would diverge.)
public final class Genesis {
    /// The smallest id of a genesis author; Yjs generates smaller ids.
    public static final long FIRST_AUTHOR = 1L << 32;

    private static final long END_OF_AUTHORS = 1L << 53;
    private static final int ANY_WITH_KEY = 0x28;
    private static final int STRING = 0x04;
    private static final int ANY_STRING = 119;
    private static final int ROOT_NAME_FOLLOWS = 1;

    private Genesis() {}

    static long author(RandomGenerator random) {
        return random.nextLong(FIRST_AUTHOR, END_OF_AUTHORS);
    }

    /// The update in format v1, byte for byte as Yjs encodes it.
    static byte[] update(long author, String generation, String text) {
        var out = new Lib0Encoder();
        out.writeVarUint(1).writeVarUint(text.isEmpty() ? 1 : 2);
        out.writeVarUint(author).writeVarUint(0);
        out.writeByte(ANY_WITH_KEY).writeVarUint(ROOT_NAME_FOLLOWS).writeVarString("qide");
        out.writeVarString("incarnation").writeVarUint(1);
        out.writeByte(ANY_STRING).writeVarString(generation);
        if (!text.isEmpty()) {
            out.writeByte(STRING).writeVarUint(ROOT_NAME_FOLLOWS).writeVarString("content");
            out.writeVarString(text);
        }
        return out.writeVarUint(0).toBytes();
    }
}

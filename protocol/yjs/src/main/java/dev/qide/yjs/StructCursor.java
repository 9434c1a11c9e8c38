package dev.qide.yjs;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Iterates over the structs of an update (v1) and checks each, without building objects.
///
/// ```
/// update    = varUint clients · { varUint structs · varUint client · varUint clock · struct… } · deleteSet
/// struct    = info · [origin id] · [right origin id] · [parent · [parentSub]] · content
/// deleteSet = varUint clients · { varUint client · varUint ranges · { varUint clock · varUint length } }
/// ```
///
/// Bits 0–4 of `info` are the content's kind; 0x80 means that an origin follows, 0x40 a right
/// origin, 0x20 that the item is a map entry. Parent and key are written only without origins;
/// otherwise they are those of the neighbour.
///
/// Only this class decides what is well-formed: the header reader, the merger and the document all
/// read through it. So **every accepted update integrates**. In addition to the grammar it refuses
/// input that would break Yjs itself: an item that refers to its own author's future, a client that
/// occurs twice, an empty struct, malformed JSON, text that is not UTF-8.
///
/// The fields describe the current struct. Owned by one thread.
final class StructCursor {
    static final int GC = 0;
    static final int DELETED = 1;
    static final int JSON = 2;
    static final int BINARY = 3;
    static final int STRING = 4;
    static final int EMBED = 5;
    static final int FORMAT = 6;
    static final int TYPE = 7;
    static final int ANY = 8;
    static final int DOC = 9;
    static final int SKIP = 10;

    static final int HAS_ORIGIN = 0x80;
    static final int HAS_RIGHT_ORIGIN = 0x40;
    static final int HAS_PARENT_SUB = 0x20;
    static final int KIND = 0x1F;

    /// The clock of an absent id.
    static final long ABSENT = -1;

    final Lib0Decoder decoder;
    private final DecodeLimits limits;
    private final ContentSyntax contentSyntax;
    private @Nullable Set<Long> clientsSeen;
    private long firstClient = -1;
    private long clientsLeft;
    private long structsLeft;
    private int structsRead;
    private boolean isPastLast;

    /// Whether the clients so far were in descending order, as Yjs writes them.
    boolean isDescending = true;

    /// The author, the first clock and the number of clocks of the struct.
    long client;

    long clock;
    long length;

    /// The info byte and the content's kind in it.
    int info;

    int kind;

    /// True for the first struct of its client in this update.
    boolean isFirstOfClient;

    long originClient;
    long originClock;
    long rightOriginClient;
    long rightOriginClock;

    /// The name of the root type that is the item's parent, if it is written.
    @Nullable String parentRoot;

    long parentClient;
    long parentClock;

    /// The key of a map entry, if it is written.
    @Nullable String parentSub;

    /// The offsets of the struct and its content in the update.
    int structStart;

    int contentStart;
    int contentEnd;

    StructCursor(byte[] update, DecodeLimits limits) {
        if (update.length > limits.bytes()) {
            throw new MalformedUpdateException("update exceeds the limit of bytes", 0);
        }
        this.decoder = new Lib0Decoder(update);
        this.limits = limits;
        this.contentSyntax = new ContentSyntax(decoder, limits.depth());
        this.clientsLeft = decoder.readVarUint();
    }

    /// Reads a whole update and keeps nothing.
    ///
    /// @throws MalformedUpdateException when it is not well-formed or exceeds the limits
    static void check(byte[] update, DecodeLimits limits) {
        var cursor = new StructCursor(update, limits);
        while (cursor.next()) {}
        var _ = cursor.readDeleteSet();
    }

    /// Returns to the start of an update that was read before.
    void restart() {
        decoder.seek(0);
        isPastLast = false;
        clientsSeen = null;
        firstClient = -1;
        structsLeft = 0;
        structsRead = 0;
        clientsLeft = decoder.readVarUint();
        length = 0;
    }

    /// Whether there is a current struct.
    boolean isOnStruct() {
        return structsRead > 0 && !isPastLast;
    }

    /// Moves to the next struct; returns false if the delete set follows.
    boolean next() {
        isFirstOfClient = false;
        if (structsLeft > 0) {
            clock += length;
        }
        while (structsLeft == 0) {
            if (clientsLeft == 0) {
                isPastLast = true;
                return false;
            }
            clientsLeft--;
            enterClient();
        }
        structsLeft--;
        if (++structsRead > limits.structs()) {
            throw decoder.malformed("update exceeds the limit of structs");
        }
        readStruct();
        return true;
    }

    /// Whether the current struct is the only one of the update.
    boolean isOnlyStruct() {
        return structsRead == 1 && structsLeft == 0 && clientsLeft == 0;
    }

    /// Whether the item's neighbours or parent are written as ids.
    boolean hasOrigin() {
        return originClock != ABSENT;
    }

    boolean hasRightOrigin() {
        return rightOriginClock != ABSENT;
    }

    boolean hasParentId() {
        return parentClock != ABSENT;
    }

    /// Whether the struct is an item rather than a gap or a collected run.
    boolean isItem() {
        return kind != GC && kind != SKIP;
    }

    private void enterClient() {
        structsLeft = decoder.readVarUint();
        long before = client;
        client = decoder.readVarUint();
        clock = decoder.readVarUint();
        isFirstOfClient = true;
        isDescending &= firstClient < 0 || client < before;
        if (firstClient < 0) {
            firstClient = client;
            return;
        }
        if (clientsSeen == null) {
            clientsSeen = new HashSet<>();
            clientsSeen.add(firstClient);
        }
        if (!clientsSeen.add(client)) {
            throw decoder.malformed("client occurs twice");
        }
    }

    private void readStruct() {
        structStart = decoder.position();
        info = decoder.readByte();
        kind = info & KIND;
        originClock = ABSENT;
        rightOriginClock = ABSENT;
        parentClock = ABSENT;
        parentRoot = null;
        parentSub = null;
        if (isItem()) {
            readNeighbours();
        } else if (info != kind) {
            throw decoder.malformed("flags on a struct without neighbours");
        }
        contentStart = decoder.position();
        length = contentSyntax.pass(kind);
        contentEnd = decoder.position();
        if (length < 1) {
            throw new MalformedUpdateException("empty struct", structStart);
        }
        if (length > Lib0Decoder.MAXIMUM_UINT - clock) {
            throw new MalformedUpdateException("clock exceeds 2^53-1", structStart);
        }
    }

    private void readNeighbours() {
        if ((info & HAS_ORIGIN) != 0) {
            originClient = decoder.readVarUint();
            originClock = readClockOf(originClient);
        }
        if ((info & HAS_RIGHT_ORIGIN) != 0) {
            rightOriginClient = decoder.readVarUint();
            rightOriginClock = readClockOf(rightOriginClient);
        }
        if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) != 0) {
            return;
        }
        long written = decoder.readVarUint();
        if (written == 1) {
            parentRoot = decoder.readVarString();
        } else if (written == 0) {
            parentClient = decoder.readVarUint();
            parentClock = readClockOf(parentClient);
        } else {
            throw decoder.malformed("unknown kind of parent");
        }
        if ((info & HAS_PARENT_SUB) != 0) {
            parentSub = decoder.readVarString();
        }
    }

    private long readClockOf(long author) {
        long named = decoder.readVarUint();
        if (author == client && named >= clock) {
            throw decoder.malformed("item refers to its own author's future");
        }
        return named;
    }

    /// Reads the delete set after the last struct, and the end of the update.
    IdSet readDeleteSet() {
        if (decoder.remaining() == 1 && decoder.array()[decoder.position()] == 0) {
            return new IdSet();
        }
        return deleteSetReader().read();
    }

    /// A reader of the delete set, for use after the last struct.
    DeleteSetReader deleteSetReader() {
        return new DeleteSetReader(decoder, limits);
    }
}

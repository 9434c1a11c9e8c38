package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import java.util.HashMap;
import java.util.Map;

/// One message of the server in Hocuspocus framing (`varString address · varUint type · body`),
/// encoded once an address however many sockets it goes to. Owned by one thread.
final class Frame {
    /// The frames without an address.
    static final int PING = 9;

    static final int PONG = 10;

    private static final int SYNC = 0;
    private static final int AWARENESS = 1;
    private static final int AUTH = 2;
    private static final int CLOSE = 7;
    private static final int SYNC_STATUS = 8;
    private static final int STEP_1 = 0;
    private static final int STEP_2 = 1;
    private static final int UPDATE = 2;
    private static final int PERMISSION_DENIED = 1;
    private static final int AUTHENTICATED = 2;
    private static final byte[] EMPTY_UPDATE = {0, 0};

    private final byte[] body;
    private final Map<Address, byte[]> encoded = HashMap.newHashMap(1);

    private Frame(Lib0Encoder body) {
        this.body = body.toBytes();
    }

    static Frame update(byte[] update) {
        return new Frame(
                new Lib0Encoder(update.length + 8)
                        .writeVarUint(SYNC)
                        .writeVarUint(UPDATE)
                        .writeVarBytes(update));
    }

    static Frame step1(StateVector vector) {
        return new Frame(type(SYNC).writeVarUint(STEP_1).writeVarBytes(vector.encode()));
    }

    /// The step 2 that ends a replay: a provider is synced at the first one it sees.
    static Frame emptyStep2() {
        return new Frame(type(SYNC).writeVarUint(STEP_2).writeVarBytes(EMPTY_UPDATE));
    }

    static Frame presence(byte[] states) {
        return new Frame(type(AWARENESS).writeVarBytes(states));
    }

    static Frame authenticated(boolean canEdit) {
        return new Frame(
                type(AUTH)
                        .writeVarUint(AUTHENTICATED)
                        .writeVarString(canEdit ? "read-write" : "readonly"));
    }

    static Frame denied(Failure why) {
        return new Frame(type(AUTH).writeVarUint(PERMISSION_DENIED).writeVarString(why.wireName()));
    }

    /// SyncStatus: providers count one for every message of theirs, and only 0 and 1 are safe.
    static Frame status(boolean isSaved) {
        return new Frame(type(SYNC_STATUS).writeVarUint(isSaved ? 1 : 0));
    }

    static Frame close(Failure why) {
        return new Frame(type(CLOSE).writeVarString(why.wireName()));
    }

    byte[] at(Address address) {
        return encoded.computeIfAbsent(
                address,
                to ->
                        new Lib0Encoder(body.length + to.wire().length() + 4)
                                .writeVarString(to.wire())
                                .writeRaw(body)
                                .toBytes());
    }

    private static Lib0Encoder type(int type) {
        return new Lib0Encoder().writeVarUint(type);
    }
}

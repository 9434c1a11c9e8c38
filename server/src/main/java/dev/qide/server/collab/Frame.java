package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message of the server about a document, encoded once a framing and address however many
/// sockets it goes to. Owned by one thread.
///
/// Hocuspocus framing is `varString address · varUint type · body`; y-websocket framing has no
/// address, and no words for acknowledgements and for the end of one document.
final class Frame {
    /// The Hocuspocus frames without an address.
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
    private static final int PLAIN_PERMISSION_DENIED = 0;
    private static final int AUTHENTICATED = 2;
    private static final byte[] EMPTY_UPDATE = {0, 0};

    private final byte[] body;
    private final byte @Nullable [] plain;
    private @Nullable String encodedFor;
    private byte[] encoded = {};
    private final Map<String, byte[]> others = new HashMap<>(0);

    private Frame(byte[] body, byte @Nullable [] plain) {
        this.body = body;
        this.plain = plain;
    }

    private static Frame both(Lib0Encoder body) {
        var bytes = body.toBytes();
        return new Frame(bytes, bytes);
    }

    private static Frame addressedOnly(Lib0Encoder body) {
        return new Frame(body.toBytes(), null);
    }

    static Frame update(byte[] update) {
        return sync(UPDATE, update);
    }

    static Frame step1(StateVector vector) {
        return sync(STEP_1, vector.encode());
    }

    /// What the client lacks: a provider is synced at the first one that it sees.
    static Frame step2(byte[] update) {
        return sync(STEP_2, update);
    }

    /// The step 2 that ends a state that was sent in parts.
    static Frame emptyStep2() {
        return step2(EMPTY_UPDATE);
    }

    static Frame presence(byte[] states) {
        return both(type(AWARENESS).writeVarBytes(states));
    }

    static Frame authenticated(boolean canEdit) {
        return addressedOnly(
                type(AUTH)
                        .writeVarUint(AUTHENTICATED)
                        .writeVarString(canEdit ? "read-write" : "readonly"));
    }

    static Frame denied(Failure why) {
        return new Frame(
                type(AUTH).writeVarUint(PERMISSION_DENIED).writeVarString(why.wireName()).toBytes(),
                type(AUTH)
                        .writeVarUint(PLAIN_PERMISSION_DENIED)
                        .writeVarString(why.wireName())
                        .toBytes());
    }

    /// SyncStatus: providers count one for every message of theirs, and only 0 and 1 are safe.
    static Frame status(boolean isSaved) {
        return addressedOnly(type(SYNC_STATUS).writeVarUint(isSaved ? 1 : 0));
    }

    static Frame close(Failure why) {
        return addressedOnly(type(CLOSE).writeVarString(why.wireName()));
    }

    /// In Hocuspocus framing.
    byte[] at(Address address) {
        var wire = address.wire();
        if (encodedFor == null) {
            encodedFor = wire;
            encoded = encode(wire);
        }
        return encodedFor.equals(wire) ? encoded : others.computeIfAbsent(wire, this::encode);
    }

    /// In y-websocket framing; null when that has no word for it.
    byte @Nullable [] plain() {
        return plain;
    }

    private byte[] encode(String wire) {
        return new Lib0Encoder(body.length + wire.length() + 4)
                .writeVarString(wire)
                .writeRaw(body)
                .toBytes();
    }

    private static Frame sync(int step, byte[] content) {
        return both(
                new Lib0Encoder(content.length + 8)
                        .writeVarUint(SYNC)
                        .writeVarUint(step)
                        .writeVarBytes(content));
    }

    private static Lib0Encoder type(int type) {
        return new Lib0Encoder().writeVarUint(type);
    }
}

package dev.qide.server.collab.protocol;

import dev.qide.wire.Failure;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A server message about a document, encoded once per framing and address for all receivers. Owned
/// by one thread.
///
/// Hocuspocus framing is `varString address · varUint type · body`. y-websocket framing has no
/// address, and no messages for acknowledgements or the end of a document.
public final class ServerMessage {
    /// The Hocuspocus frames without an address.
    public static final int PING = 9;

    public static final int PONG = 10;

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
    private static final byte[] NO_STATES = {0};

    private final byte[] body;
    private final byte @Nullable [] plain;
    private @Nullable String encodedFor;
    private byte[] encoded = {};
    private final Map<String, byte[]> others = new HashMap<>(0);

    private ServerMessage(byte[] body, byte @Nullable [] plain) {
        this.body = body;
        this.plain = plain;
    }

    private static ServerMessage both(Lib0Encoder body) {
        var bytes = body.toBytes();
        return new ServerMessage(bytes, bytes);
    }

    private static ServerMessage addressedOnly(Lib0Encoder body) {
        return new ServerMessage(body.toBytes(), null);
    }

    /// An update (y-protocols, `sync`).
    public static ServerMessage update(byte[] update) {
        return sync(UPDATE, update);
    }

    /// A sync step 1: the server's state vector (y-protocols, `sync`).
    public static ServerMessage step1(StateVector vector) {
        return sync(STEP_1, vector.encode());
    }

    /// A step 2 with the content that the client lacks; a provider is synced at the first one.
    public static ServerMessage step2(byte[] update) {
        return sync(STEP_2, update);
    }

    /// The step 2 that ends a state sent in parts.
    public static ServerMessage emptyStep2() {
        return step2(EMPTY_UPDATE);
    }

    /// Awareness states, already encoded (y-protocols, `awareness`).
    public static ServerMessage presence(byte[] states) {
        return both(type(AWARENESS).writeVarBytes(states));
    }

    /// Says nothing, in a way that every provider knows.
    public static ServerMessage keepAlive() {
        return presence(NO_STATES);
    }

    /// The answer that admits an Auth; y-websocket framing has none.
    public static ServerMessage authenticated(boolean canEdit) {
        return addressedOnly(
                type(AUTH)
                        .writeVarUint(AUTHENTICATED)
                        .writeVarString(canEdit ? "read-write" : "readonly"));
    }

    /// The answer that denies an Auth, with the failure's name as reason.
    public static ServerMessage denied(Failure why) {
        return new ServerMessage(
                type(AUTH).writeVarUint(PERMISSION_DENIED).writeVarString(why.wireName()).toBytes(),
                type(AUTH)
                        .writeVarUint(PLAIN_PERMISSION_DENIED)
                        .writeVarString(why.wireName())
                        .toBytes());
    }

    /// A SyncStatus. Providers count each one as one message whatever it holds, and only 0 and 1
    /// are safe.
    public static ServerMessage status(boolean isSaved) {
        return addressedOnly(type(SYNC_STATUS).writeVarUint(isSaved ? 1 : 0));
    }

    /// A CLOSE of one document, with the failure's name as reason; y-websocket framing has none.
    public static ServerMessage close(Failure why) {
        return addressedOnly(type(CLOSE).writeVarString(why.wireName()));
    }

    /// The frame in Hocuspocus framing.
    public byte[] at(DocumentAddress documentAddress) {
        var wire = documentAddress.wire();
        if (encodedFor == null) {
            encodedFor = wire;
            encoded = encode(wire);
        }
        return encodedFor.equals(wire) ? encoded : others.computeIfAbsent(wire, this::encode);
    }

    /// The message in y-websocket framing; null when that framing has no equivalent.
    byte @Nullable [] plain() {
        return plain;
    }

    private byte[] encode(String wire) {
        return new Lib0Encoder(body.length + wire.length() + 4)
                .writeVarString(wire)
                .writeRaw(body)
                .toBytes();
    }

    private static ServerMessage sync(int step, byte[] content) {
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

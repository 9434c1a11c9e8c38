package dev.qide.server.collab;

import dev.qide.server.TestClient;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Opens documents on one socket in Hocuspocus framing without a replica; counts what it receives.
/// Owned by one thread.
final class DocumentsClient implements AutoCloseable {
    private static final int SYNC = 0;
    private static final int AUTH = 2;
    private static final int SYNC_STATUS = 8;
    private static final int STEP_1 = 0;
    private static final int STEP_2 = 1;
    private static final int UPDATE = 2;
    private static final byte[] NO_CHANGE = {0, 0};

    private final TestClient socket;
    private final Set<String> synced = new HashSet<>();
    private long saved;
    private long bytes;

    /// @param token null if the address has a ticket
    DocumentsClient(URI uri, @Nullable String token) {
        socket = TestClient.connect(uri, token);
    }

    /// Opens these documents and waits until each is synced.
    void open(List<String> paths) {
        for (var path : paths) {
            socket.authenticate(path, "");
            socket.requestContent(path);
        }
        while (!synced.containsAll(paths)) {
            receive();
        }
    }

    void update(String path, byte[] update) {
        sync(path, UPDATE, update);
    }

    /// Waits for this many acknowledgements; each step 2 receives one.
    void awaitSaved(long messages) {
        while (saved < messages) {
            receive();
        }
    }

    /// The bytes of content received.
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        socket.close();
    }

    private void receive() {
        var frame = socket.frame();
        if (frame.length == 1) {
            return;
        }
        var in = new Lib0Decoder(frame);
        var path = in.readVarString();
        int type = (int) in.readVarUint();
        if (type == SYNC_STATUS) {
            saved++;
        } else if (type == SYNC) {
            int kind = (int) in.readVarUint();
            if (kind == STEP_1) {
                sync(path, STEP_2, NO_CHANGE);
            } else {
                bytes += frame.length;
            }
            if (kind == STEP_2) {
                synced.add(path);
            }
        } else if (type != AUTH || in.readVarUint() != 2) {
            throw new AssertionError(path + " was closed or denied: " + in.readVarString());
        }
    }

    private void sync(String path, int kind, byte[] body) {
        send(
                new Lib0Encoder()
                        .writeVarString(path)
                        .writeVarUint(SYNC)
                        .writeVarUint(kind)
                        .writeVarBytes(body));
    }

    private void send(Lib0Encoder frame) {
        socket.binary(frame.toBytes());
    }
}

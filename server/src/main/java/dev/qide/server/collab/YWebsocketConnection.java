package dev.qide.server.collab;

import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.FrameSink;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.MalformedUpdateException;
import org.jspecify.annotations.Nullable;

/// One socket of one document in y-websocket framing (`varUint type · body`, several messages per
/// frame).
///
/// The client sends the first frame. It receives every committed update and all awareness,
/// including its own: a client considers a connection dead after 30 s without a message, and when
/// it is alone it receives only its own awareness, which it renews every 15 s. This framing has no
/// acknowledgements.
///
/// Called by the socket's reader thread.
public final class YWebsocketConnection implements DocumentConnection {
    private static final int MESSAGES_PER_FRAME = 1_024;
    private static final int CLOSE_INVALID = 1007;

    private final Collaboration collaboration;
    private final WorkspaceId workspace;
    private final String path;
    private final Subscription subscription;
    private final FrameSender out;
    private @Nullable SharedDocument document;

    YWebsocketConnection(
            Collaboration collaboration,
            WorkspaceId workspace,
            String path,
            Subscription subscription,
            FrameSender out) {
        this.collaboration = collaboration;
        this.workspace = workspace;
        this.path = path;
        this.subscription = subscription;
        this.out = out;
    }

    /// Handles one frame. Waits, bounded, while the document's inbox is full.
    @Override
    public void receive(byte[] frame) {
        subscription.beginArrival();
        try {
            var joined = joined();
            if (joined == null) {
                return;
            }
            var in = new Lib0Decoder(frame);
            int messages = 0;
            while (in.hasMore() && !subscription.isClosed()) {
                if (++messages > MESSAGES_PER_FRAME) {
                    throw new MalformedUpdateException("too many messages in a frame", 0);
                }
                int before = in.position();
                var message = read(in, frame.length);
                if (!joined.receive(subscription, message, in.position() - before)) {
                    out.close(FrameSink.CLOSE_TRY_LATER, Failure.DOCUMENT_UNAVAILABLE.wireName());
                    return;
                }
                if (message instanceof ClientMessage.Refused) {
                    return;
                }
            }
        } catch (MalformedUpdateException _) {
            out.close(CLOSE_INVALID, Failure.FRAME_MALFORMED.wireName());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            subscription.endArrival();
        }
    }

    /// Always true: this endpoint requires a login at the handshake.
    @Override
    public boolean isLoggedIn() {
        return true;
    }

    @Override
    public void closed() {
        try {
            if (document != null) {
                document.leave(subscription);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable SharedDocument joined() throws InterruptedException {
        if (document != null) {
            return document;
        }
        try {
            var entered = collaboration.enter(workspace, path);
            out.onWritable(entered::resume);
            if (!entered.join(subscription, null)) {
                throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
            }
            document = entered;
        } catch (FailureException failure) {
            subscription.deny(failure.failure());
        }
        return document;
    }

    private ClientMessage read(Lib0Decoder in, int bytes) throws InterruptedException {
        return collaboration.compute(workspace, bytes, () -> ClientMessage.readPlain(in));
    }
}

package dev.qide.server.transport.websocket;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.LoggedFailures;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.http.ClientConnection;
import dev.qide.wire.FailureException;
import jakarta.websocket.CloseReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.glassfish.tyrus.spi.CompletionHandler;
import org.glassfish.tyrus.spi.Connection;
import org.glassfish.tyrus.spi.WebSocketEngine;
import org.glassfish.tyrus.spi.Writer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One admitted WebSocket: reads frames on the connection's thread, or on a platform thread
/// instead, and passes them through [FrameValidator] and the engine to the endpoint's receiver.
///
/// Only whole frames are given to the engine: it would copy a half one again with every read. Owned
/// by the reader's thread, but for [#inspect(long)], [#abort()], [#queue()] and what [InputMemory]
/// calls.
public final class WebSocketConnection implements InputMemory.Holder, UpgradedConnection {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);
    private static final byte[] NOTHING = new byte[0];
    private static final int MISSED_PONGS = 2;
    private static final int ABNORMAL_CLOSURE = 1006;

    /// The largest message before a login.
    private static final int ANONYMOUS_MESSAGE_BYTES = 64 << 10;

    private final ClientConnection client;
    private final AcceptedChannel channel;
    private final WebSocketHandler.Admission.Accepted admission;
    private final OpenSockets sockets;
    private final OutgoingQueue queue;
    private final FrameValidator validator;
    private final int messageBytes;

    private WebSocketEngine.@Nullable UpgradeInfo upgrade;
    private WebSocketHandler.@Nullable Receiver receiver;
    private boolean isEngineDone;
    private boolean isClosedByBothSides;
    private int engineCode;
    private byte[] pending = NOTHING;
    private int pendingLength;
    private long engineHeld;
    private long held;
    private volatile boolean isBusy = true;
    private volatile boolean hasReceived;
    private long pingedAt = System.nanoTime();
    private int missedPongs;

    WebSocketConnection(
            ClientConnection client,
            WebSocketHandler.Admission.Accepted admission,
            OpenSockets sockets) {
        this.client = client;
        channel = client.channel();
        this.admission = admission;
        this.sockets = sockets;
        messageBytes =
                Math.min(admission.messageBytes(), sockets.limits().receiving().messageBytes());
        validator = new FrameValidator(messageBytes);
        queue = new OutgoingQueue(channel, sockets);
    }

    long number() {
        return queue.number();
    }

    /// Whether the peer is another server, and the socket its delivery link.
    boolean isLink() {
        return admission.opener() instanceof DeliveryLinks.LinkOpener;
    }

    int messageBytes() {
        return messageBytes;
    }

    OutgoingQueue queue() {
        return queue;
    }

    /// The engine agreed: what [#serve()] begins with.
    WebSocketConnection upgradedBy(WebSocketEngine.UpgradeInfo info) {
        upgrade = info;
        return this;
    }

    /// Reads until the connection ends.
    @Override
    public void serve() {
        if (!admission.opener().hasProcess() || !sockets.tryAcquirePlatformReader()) {
            Thread.currentThread().setName("socket-" + number());
            serveHere();
            return;
        }
        try {
            await(Thread.ofPlatform().name("socket-" + number()).daemon().start(this::serveHere));
        } finally {
            sockets.releasePlatformReader();
        }
    }

    private void await(Thread reader) {
        boolean isInterrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException _) {
                isInterrupted = true;
                channel.abort();
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void serveHere() {
        sockets.add(this);
        Connection engine = null;
        try {
            engine =
                    Objects.requireNonNull(upgrade)
                            .createConnection(new EngineWriter(), _ -> isEngineDone = true);
            read(engine);
            finishClose();
        } catch (FrameValidator.Refusal refusal) {
            queue.close(refusal.code(), refusal.reason());
            finishClose();
        } catch (IOException | RuntimeException gone) {
            // The peer disconnected, or this side aborted: reported below like any other end.
            LOG.atTrace().addKeyValue("socket", number()).setCause(gone).log("the socket is gone");
        } finally {
            queue.end();
            if (isClosedByBothSides) {
                channel.close();
            } else {
                channel.abort();
            }
            sockets.remove(this);
            if (engine != null) {
                engine.close(new CloseReason(CloseReason.CloseCodes.CLOSED_ABNORMALLY, "the end"));
            }
            reportEnd();
        }
    }

    private void read(Connection engine) throws IOException {
        var bytes = nextBytes();
        while (bytes != null) {
            sockets.metrics().receivedBytes(bytes.length);
            feed(engine, bytes);
            if (isEngineDone) {
                return;
            }
            bytes = nextBytes();
        }
    }

    private byte @Nullable [] nextBytes() throws IOException {
        isBusy = pendingLength > 0;
        var bytes = client.input().next();
        isBusy = true;
        hasReceived = true;
        return bytes;
    }

    private void feed(Connection engine, byte[] bytes) {
        // Before a login frames are handled one by one: the frame that logs in raises the bound for
        // the next one.
        int at = 0;
        while (at < bytes.length && !isEngineDone) {
            boolean isAnonymous = receiver != null && !receiver.isKnown();
            validator.bound(
                    isAnonymous ? Math.min(ANONYMOUS_MESSAGE_BYTES, messageBytes) : messageBytes);
            int whole = validator.inspect(bytes, at, isAnonymous);
            handle(engine, bytes, at, whole);
            validator.requireOpen();
            at += whole;
            if (whole == 0 || !isAnonymous) {
                append(bytes, at, bytes.length - at);
                at = bytes.length;
            }
        }
        countHeld();
    }

    /// Passes whole frames to the engine: the pending bytes and the next `whole` bytes.
    private void handle(Connection engine, byte[] bytes, int from, int whole) {
        if (whole == 0) {
            return;
        }
        ByteBuffer frames = ByteBuffer.wrap(bytes, from, whole);
        if (pendingLength > 0) {
            append(bytes, from, whole);
            frames = ByteBuffer.wrap(pending, 0, pendingLength);
            pending = NOTHING;
            pendingLength = 0;
        }
        engineHeld =
                Math.max(engineHeld, Math.max(frames.remaining(), validator.fragmentedBytes()));
        engine.getReadHandler().handle(frames);
    }

    /// Appends to the pending bytes. Grows by doubling, but not beyond the current frame and the
    /// bytes that were read after it.
    private void append(byte[] bytes, int from, int length) {
        int needed = pendingLength + length;
        if (length == 0) {
            return;
        }
        if (needed > pending.length) {
            long doubled = Math.min(2L * pending.length, validator.frameBytes());
            pending = Arrays.copyOf(pending, (int) Math.max(needed, doubled));
        }
        System.arraycopy(bytes, from, pending, pendingLength, length);
        pendingLength = needed;
    }

    private void countHeld() {
        long now = engineHeld + pending.length;
        if (now == held) {
            return;
        }
        held = now;
        if (!sockets.memory().holds(this, now)) {
            throw new FrameValidator.Refusal(1013, "too much is being received");
        }
    }

    /// Completes the close handshake: sends what is queued, ends the output and waits for the peer
    /// to end its side. Closing with unread bytes would reset the connection and lose the close
    /// frame in transit. [OutgoingQueue#inspect] aborts a peer that does not end its side.
    private void finishClose() {
        try {
            if (!queue.isClosed()) {
                return;
            }
            if (queue.awaitDrained(sockets.limits().sending().closeWait())) {
                channel.endOutput();
                isBusy = false;
                channel.awaitEnd();
                isClosedByBothSides = true;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException gone) {
            LOG.atTrace().addKeyValue("socket", number()).setCause(gone).log("the socket is gone");
        }
    }

    /// Opens a delivery link, before its handshake is answered: the other server may then forward
    /// sockets that name it at once.
    ///
    /// @throws FailureException `INVALID_REQUEST` when there is a link with its id
    void openLink() {
        queue.share();
        receiver = admission.opener().open(queue);
    }

    /// The handshake could not be answered: ends what [#openLink()] opened.
    void abandonLink() {
        var link = receiver;
        if (link != null) {
            link.closed(ABNORMAL_CLOSURE);
        }
    }

    /// Called by the endpoint when the engine is ready.
    void open() {
        sockets.metrics().opened();
        if (isLink()) {
            return;
        }
        try {
            receiver = admission.opener().open(queue);
        } catch (FailureException failed) {
            queue.close(1011, failed.failure().wireName());
        } catch (RuntimeException failure) {
            failed(failure);
        }
    }

    void receiveText(String message) {
        var target = receiver;
        if (target != null && !queue.isClosed()) {
            sockets.metrics().received("text");
            target.text(message);
        }
    }

    void receiveBinary(byte[] message) {
        var target = receiver;
        if (target != null && !queue.isClosed()) {
            sockets.metrics().received("binary");
            target.binary(message);
        }
    }

    /// The engine ended the session, after the peer's close frame or a protocol violation.
    void closedByEngine(int code) {
        if (engineCode == 0) {
            engineCode = code;
        }
    }

    /// Handles an unexpected exception: logs it and closes the socket with the error id.
    void failed(Throwable failure) {
        var errorId =
                LoggedFailures.log(
                        "transport.receiver_failed", "the receiver of a socket failed", failure);
        queue.close(1011, "internal " + errorId);
    }

    private void reportEnd() {
        int ours = queue.closeCode();
        int code = ours != 0 ? ours : engineCode != 0 ? engineCode : ABNORMAL_CLOSURE;
        sockets.metrics().closed(code);
        var target = receiver;
        if (target == null) {
            return;
        }
        try {
            target.closed(code);
        } catch (RuntimeException failure) {
            failed(failure);
        }
    }

    /// Pings the peer, and aborts the connection if it is stuck or silent. Called regularly by one
    /// other thread.
    void inspect(long now) {
        queue.inspect(now);
        if (hasReceived || isBusy || queue.isMovingSince(pingedAt)) {
            hasReceived = false;
            missedPongs = 0;
        }
        if (now - pingedAt < sockets.limits().receiving().pingInterval().toNanos()) {
            return;
        }
        pingedAt = now;
        if (missedPongs >= MISSED_PONGS) {
            sockets.metrics().aborted("no_pong");
            channel.abort();
            return;
        }
        missedPongs++;
        queue.ping();
    }

    @Override
    public boolean isIdle() {
        return !isBusy;
    }

    @Override
    public void shed() {
        queue.close(1013, "the server is short of memory");
    }

    /// Ends the connection at once. Never writes: the server's stop would hang behind one stuck
    /// client.
    @Override
    public void abort() {
        channel.abort();
    }

    /// Passes the engine's own frames, pongs and close replies, to the queue.
    private final class EngineWriter extends Writer {
        @Override
        public void write(ByteBuffer bytes, CompletionHandler<ByteBuffer> done) {
            queue.finished(WebSocketFrame.finished(bytes));
            done.completed(bytes);
        }

        @Override
        public void close() {
            isEngineDone = true;
        }
    }
}

package dev.qide.server.transport.websocket;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.http.ClientConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The output to the client of a [SocketTunnel]: the bytes that the other server sends on the
/// socket's own connection and, between its frames, the deliveries of a delivery link, in the order
/// in which the other server queued them ([LinkedSocket]).
///
/// Deliveries wait in a [DeliveryQueue], so a client that reads slowly does not delay the link. A
/// virtual thread writes them, or the thread that reads the socket's own connection, when it ends a
/// frame. Thread-safe; [#deliver] and [#lost] do not block.
final class TunnelOutput implements WebSocketHandler.Deliveries {
    private static final int SERVICE_RESTART = 1012;
    private static final int TRY_AGAIN_LATER = 1013;
    private static final Duration LOSS_CHECK = Duration.ofMillis(250);

    private final ClientConnection client;
    private final AcceptedChannel channel;
    private final WebSocketHandler.Upstream upstream;
    private final OpenSockets sockets;
    private final DeliveryQueue waiting;
    private final AtomicBoolean isWritePlanned = new AtomicBoolean();

    /// Held while something is written to the client.
    private final ReentrantLock sending = new ReentrantLock();

    private final Condition delivering = sending.newCondition();

    /// The frame boundaries of what was sent from the socket's own connection; guarded by the lock,
    /// as is all that follows.
    private final FrameBoundary sent = new FrameBoundary();

    private final ByteBuffer marker = ByteBuffer.allocate(DeliveryLinkProtocol.MARKER_BYTES);
    private long deliveries;

    /// Whether a close frame of this server was sent.
    private boolean isClosedHere;

    private volatile boolean isLost;

    TunnelOutput(ClientConnection client, WebSocketHandler.Upstream upstream, OpenSockets sockets) {
        this.client = client;
        channel = client.channel();
        this.upstream = upstream;
        this.sockets = sockets;
        waiting = new DeliveryQueue(sockets.limits().sending(), sockets.sendMemory());
    }

    /// Forwards bytes from the socket's own connection. Blocks while the client accepts nothing,
    /// and at a marker until the preceding deliveries are written.
    void pass(byte[] bytes, int length) throws IOException {
        sending.lock();
        try {
            int at = 0;
            while (at < length && !isClosedHere) {
                at += isMarker(bytes[at]) ? mark(bytes, at, length) : passOn(bytes, at, length);
                writeDeliveries();
            }
        } finally {
            sending.unlock();
        }
    }

    /// The socket's own connection has ended: closes the client unless a close frame was sent.
    void end() throws IOException {
        sending.lock();
        try {
            closeClient(SERVICE_RESTART, "the server that has the workspace has ended");
            if (!isClosedHere) {
                endOutput();
            }
        } finally {
            sending.unlock();
        }
    }

    /// Sends a close frame to the client unless one was sent, if that is possible now. May be
    /// repeated.
    ///
    /// @return false when the client cannot be written to
    boolean close(int code, String reason) {
        if (sending.tryLock()) {
            try {
                closeClient(code, reason);
            } catch (IOException _) {
                return false;
            } finally {
                sending.unlock();
            }
        }
        return true;
    }

    @Override
    public void deliver(byte[] frame, long after) {
        switch (waiting.add(frame, after)) {
            case ADDED -> planWrite();
            case FULL -> {
                upstream.feedbackChanged();
                planWrite();
            }
            case OVERFULL -> {
                sockets.metrics().aborted("overflow");
                start(() -> {
                    if (close(TRY_AGAIN_LATER, "too slow")) {
                        lost();
                    } else {
                        abort();
                    }
                });
            }
            case ENDED -> {}
        }
    }

    @Override
    public boolean isFull() {
        return waiting.isFull();
    }

    @Override
    public void lost() {
        isLost = true;
        upstream.abort();
    }

    /// Drops the deliveries that wait; further ones are ignored.
    void drop() {
        waiting.end();
    }

    private void abort() {
        lost();
        channel.abort();
    }

    private boolean isMarker(byte next) {
        return marker.position() > 0
                || (sent.isBetweenFrames() && next == DeliveryLinkProtocol.MARKER);
    }

    /// @return the number of bytes taken
    private int mark(byte[] bytes, int at, int length) throws IOException {
        int taken = Math.min(marker.remaining(), length - at);
        marker.put(bytes, at, taken);
        if (!marker.hasRemaining()) {
            long before = marker.getLong(DeliveryLinkProtocol.MARKER_BYTES - Long.BYTES);
            marker.clear();
            awaitDeliveries(before);
        }
        return taken;
    }

    /// Waits until a number of deliveries are written; fails if none is written within the time
    /// that a connection may be stuck.
    private void awaitDeliveries(long before) throws IOException {
        writeDeliveries();
        long seen = deliveries;
        long stuckAfter = sockets.limits().sending().stuckAfter().toNanos();
        long progressAt = System.nanoTime();
        while (deliveries < before && !isClosedHere) {
            try {
                var _ = delivering.awaitNanos(LOSS_CHECK.toNanos());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException(interrupted);
            }
            long now = System.nanoTime();
            if (deliveries != seen) {
                seen = deliveries;
                progressAt = now;
            }
            if (isLost || now - progressAt > stuckAfter) {
                throw new LostDeliveriesException();
            }
        }
    }

    /// Ends the socket: deliveries were lost with their link, so the client must reconnect.
    static final class LostDeliveriesException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// Forwards bytes up to the next marker.
    ///
    /// @return the number of bytes taken
    private int passOn(byte[] bytes, int from, int length) throws IOException {
        int at = from + sent.followFrame(bytes, from, length - from);
        while (at < length && bytes[at] != DeliveryLinkProtocol.MARKER) {
            at += sent.followFrame(bytes, at, length - at);
        }
        write(bytes, from, at - from);
        return at - from;
    }

    /// Starts a thread that writes deliveries, unless one is about to.
    private void planWrite() {
        if (isWritePlanned.compareAndSet(false, true)) {
            start(this::writePlanned);
        }
    }

    private static void start(BackgroundTask.Work task) {
        BackgroundTask.start(Thread.ofVirtual().name("tunnel-deliveries"), task);
    }

    private void writePlanned() {
        sending.lock();
        try {
            isWritePlanned.set(false);
            writeDeliveries();
        } catch (IOException _) {
            abort();
        } finally {
            sending.unlock();
        }
    }

    /// Writes the deliveries that are due, several small ones together. The lock is held.
    private void writeDeliveries() throws IOException {
        while (marker.position() == 0
                && sent.isBetweenFrames()
                && !isClosedHere
                && !sent.isCloseSeen()) {
            var frame = waiting.next(sent.binaryFrames());
            if (frame == null) {
                return;
            }
            var batch = withMore(frame);
            write(batch.bytes, 0, batch.bytes.length);
            deliveries += batch.frames;
            delivering.signalAll();
            if (waiting.written(batch.bytes.length)) {
                upstream.feedbackChanged();
            }
        }
    }

    private record Batch(byte[] bytes, int frames) {}

    /// A delivery, joined with the small ones that follow it.
    private Batch withMore(byte[] first) {
        var next =
                first.length < FrameWriter.WRITE_BYTES ? waiting.next(sent.binaryFrames()) : null;
        if (next == null) {
            return new Batch(first, 1);
        }
        var bytes = new ByteArrayOutputStream(2 * first.length + next.length);
        bytes.writeBytes(first);
        int frames = 1;
        while (next != null) {
            bytes.writeBytes(next);
            frames++;
            next =
                    bytes.size() < FrameWriter.WRITE_BYTES
                            ? waiting.next(sent.binaryFrames())
                            : null;
        }
        return new Batch(bytes.toByteArray(), frames);
    }

    /// Writes in steps, each of which the client must accept in time. The lock is held.
    private void write(byte[] bytes, int from, int length) throws IOException {
        int end = from + length;
        for (int at = from; at < end; at += FrameWriter.WRITE_BYTES) {
            channel.expectWithin(sockets.limits().sending().stuckAfter());
            client.output().write(bytes, at, Math.min(FrameWriter.WRITE_BYTES, end - at));
        }
        channel.expectNothing();
    }

    /// The lock is held. In the middle of a frame, no close frame can be sent.
    private void closeClient(int code, String reason) throws IOException {
        if (isClosedHere || sent.isCloseSeen()) {
            return;
        }
        if (!sent.isBetweenFrames()) {
            if (code == SERVICE_RESTART) {
                channel.abort();
            }
            return;
        }
        var frame = WebSocketFrame.close(code, reason).toBytes();
        isClosedHere = true;
        delivering.signalAll();
        write(frame, 0, frame.length);
        endOutput();
    }

    /// The client has a bounded time to end its side. The lock is held.
    private void endOutput() {
        channel.expectWithin(sockets.limits().sending().closeWait());
        channel.endOutput();
    }
}

package dev.qide.server.transport.websocket;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.transport.AcceptedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the frames of one [OutgoingQueue] to its connection, small ones together, until the queue
/// has none. One thread at a time; the progress may be read by any.
final class FrameWriter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameWriter.class);

    /// The size of one write to the kernel. A larger write would be copied into native memory as a
    /// whole each time the peer accepts a part.
    static final int WRITE_BYTES = 64 << 10;

    private final long number;
    private final AcceptedChannel channel;
    private final Predicate<ArrayDeque<WebSocketFrame>> queue;
    private final Runnable failed;
    private final DeferredWrites deferredWrites = new DeferredWrites();
    private volatile long progressAt;

    /// @param number of the socket
    /// @param queue replaces a batch, which was written, by the next frames; false if there are
    ///   none
    /// @param failed is called when the connection cannot be written
    FrameWriter(
            long number,
            AcceptedChannel channel,
            Predicate<ArrayDeque<WebSocketFrame>> queue,
            Runnable failed) {
        this.number = number;
        this.channel = channel;
        this.queue = queue;
        this.failed = failed;
    }

    /// The time at which the peer last accepted bytes, or writing began.
    long progressAt() {
        return progressAt;
    }

    /// Begins to measure progress.
    void begin(long now) {
        progressAt = now;
    }

    /// Starts to write what the queue has, on a thread that may block.
    void start() {
        if (!deferredWrites.tryDefer(this::writeOnce)) {
            startThread(new ArrayDeque<>());
        }
    }

    private void startThread(ArrayDeque<WebSocketFrame> batch) {
        BackgroundTask.start(
                Thread.ofVirtual().name("send-" + number), () -> drain(batch, Integer.MAX_VALUE));
    }

    private void writeOnce() {
        drain(new ArrayDeque<>(), 1);
    }

    /// Writes the batch and the queued frames; after `writes` writes a separate thread continues.
    private void drain(ArrayDeque<WebSocketFrame> batch, int writes) {
        try {
            int left = writes;
            boolean isMore = !batch.isEmpty() || queue.test(batch);
            while (isMore && left-- > 0) {
                write(batch);
                isMore = queue.test(batch);
            }
            if (isMore) {
                startThread(batch);
            }
        } catch (IOException _) {
            // The peer is gone or this side aborted; the reader notices that too and reports the
            // end.
            failed.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "transport.sender_failed")
                    .addKeyValue("socket", number)
                    .setCause(failure)
                    .log("sending on a socket failed");
            failed.run();
        }
    }

    private void write(Collection<WebSocketFrame> frames) throws IOException {
        long bytes = 0;
        for (var frame : frames) {
            bytes += frame.bytes();
        }
        var chunk = ByteBuffer.allocate((int) Math.min(bytes, WRITE_BYTES));
        for (var frame : frames) {
            fill(chunk, frame.head());
            fill(chunk, frame.payload());
        }
        flush(chunk);
    }

    private void fill(ByteBuffer chunk, byte[] bytes) throws IOException {
        int at = 0;
        while (at < bytes.length) {
            if (!chunk.hasRemaining()) {
                flush(chunk);
            }
            int step = Math.min(chunk.remaining(), bytes.length - at);
            chunk.put(bytes, at, step);
            at += step;
        }
    }

    private void flush(ByteBuffer chunk) throws IOException {
        chunk.flip();
        while (chunk.hasRemaining()) {
            channel.write(chunk);
            progressAt = System.nanoTime();
        }
        chunk.clear();
    }
}

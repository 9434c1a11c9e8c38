package dev.qide.server.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads a TCP connection as the bytes are.
///
/// A thread that waits in a read holds the buffer of that read. Most connections wait most of the
/// time, so the read that waits has a small buffer; if it is filled, a second read, which does not
/// wait, takes what else is there. Owned by the connection's thread.
public final class PlainReader implements ChannelReader {
    /// Enough for an edit, the movement of a cursor and most messages of an editor.
    private static final int WAITING_BYTES = 512;

    /// The most that one read returns.
    public static final int READ_BYTES = 8 << 10;

    private final SocketChannel channel;
    private final ByteBuffer waiting = ByteBuffer.allocate(WAITING_BYTES);

    public PlainReader(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        waiting.clear();
        int read = channel.read(waiting);
        if (read < 0) {
            return null;
        }
        int more = waiting.hasRemaining() ? 0 : Math.min(available(), READ_BYTES - read);
        var bytes = Arrays.copyOf(waiting.array(), read + more);
        int end = more == 0 ? read : read + readMore(bytes, read);
        return end == bytes.length ? bytes : Arrays.copyOf(bytes, end);
    }

    private int available() throws IOException {
        return channel.socket().getInputStream().available();
    }

    /// Reads bytes that are there; the end of the stream is left to the next read.
    private int readMore(byte[] bytes, int from) throws IOException {
        return Math.max(0, channel.read(ByteBuffer.wrap(bytes, from, bytes.length - from)));
    }

    @Override
    public void close() throws IOException {
        // The last bytes would sometimes be lost if the output were not ended first.
        channel.shutdownOutput();
        channel.shutdownInput();
        channel.close();
    }
}

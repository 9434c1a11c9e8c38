package dev.qide.server.nodes;

import java.io.IOException;
import java.io.InputStream;

/// The body of another node's answer (RFC 9112, section 6): of a known length, or in chunks. An
/// answer that is cut fails; it never looks complete. Owned by one thread.
final class ForwardedResponseBody extends InputStream {
    private static final int LINE_BYTES = 64;
    private static final int HEX = 16;

    private final NodeConnection connection;
    private final boolean isChunked;

    /// Of the body, or of the present chunk.
    private long left;

    private boolean isFirstChunk = true;
    private boolean isComplete;

    private ForwardedResponseBody(NodeConnection connection, boolean isChunked, long left) {
        this.connection = connection;
        this.isChunked = isChunked;
        this.left = left;
        isComplete = !isChunked && left == 0;
    }

    static ForwardedResponseBody chunked(NodeConnection connection) {
        return new ForwardedResponseBody(connection, true, 0);
    }

    static ForwardedResponseBody sized(NodeConnection connection, long length) {
        return new ForwardedResponseBody(connection, false, length);
    }

    /// Whether more is here already.
    @Override
    public int available() throws IOException {
        return connection.input().available();
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (isChunked && left == 0 && !isComplete) {
            beginChunk();
        }
        if (isComplete) {
            return -1;
        }
        int read = connection.input().read(into, offset, (int) Math.min(length, left));
        if (read < 0) {
            throw new IOException("the node's answer was cut");
        }
        left -= read;
        isComplete = !isChunked && left == 0;
        return read;
    }

    private void beginChunk() throws IOException {
        if (!isFirstChunk && !connection.line(LINE_BYTES).isEmpty()) {
            throw new IOException("a malformed chunk");
        }
        isFirstChunk = false;
        try {
            left = Long.parseLong(connection.line(LINE_BYTES), HEX);
        } catch (NumberFormatException malformed) {
            throw new IOException("a malformed chunk", malformed);
        }
        if (left == 0) {
            isComplete = true;
            var _ = connection.line(LINE_BYTES);
        }
    }
}

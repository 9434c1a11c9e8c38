package dev.qide.server.transport.http;

import dev.qide.server.transport.http.ParsedRequest.Framing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// The content of one request, read from the connection as an endpoint asks for it.
///
/// A client that waits for `100 Continue` gets it at the first read, so never when the endpoint
/// refuses the request without reading. Owned by the connection's thread.
abstract sealed class RequestBody extends InputStream {
    private static final byte[] CONTINUE =
            "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ClientConnection connection;
    private boolean isAwaited;
    boolean isWhole;

    private RequestBody(ClientConnection connection, boolean isAwaited) {
        this.connection = connection;
        this.isAwaited = isAwaited;
    }

    static RequestBody of(ParsedRequest request, ClientConnection connection) {
        boolean isAwaited = request.expectsContinue();
        return switch (request.framing()) {
            case Framing.None() -> new Sized(connection, false, 0);
            case Framing.Length(long bytes) -> new Sized(connection, isAwaited, bytes);
            case Framing.Chunked() -> new Chunks(connection, isAwaited);
        };
    }

    /// Whether it was read to its end: what follows on the connection is the next request.
    final boolean isWhole() {
        return isWhole;
    }

    /// Whether the client still waits for `100 Continue`.
    final boolean isAwaited() {
        return isAwaited;
    }

    @Override
    public final int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] into, int offset, int length) throws IOException {
        if (isWhole) {
            return -1;
        }
        if (length == 0) {
            return 0;
        }
        if (isAwaited) {
            isAwaited = false;
            if (!connection.input().hasBytes()) {
                connection.output().write(CONTINUE);
            }
        }
        return readContent(into, offset, length);
    }

    abstract int readContent(byte[] into, int offset, int length) throws IOException;

    /// Content of a known length.
    private static final class Sized extends RequestBody {
        private final ConnectionInput input;
        private long left;

        Sized(ClientConnection connection, boolean isAwaited, long bytes) {
            super(connection, isAwaited);
            input = connection.input();
            left = bytes;
            isWhole = bytes == 0;
        }

        @Override
        int readContent(byte[] into, int offset, int length) throws IOException {
            int read = input.read(into, offset, (int) Math.min(length, left));
            left -= read;
            isWhole = left == 0;
            return read;
        }
    }

    /// Content in chunks.
    private static final class Chunks extends RequestBody {
        private final ChunkedInput chunks;

        Chunks(ClientConnection connection, boolean isAwaited) {
            super(connection, isAwaited);
            chunks = new ChunkedInput(connection.input());
        }

        @Override
        int readContent(byte[] into, int offset, int length) throws IOException {
            int read = chunks.read(into, offset, length);
            isWhole = read < 0;
            return read;
        }
    }
}

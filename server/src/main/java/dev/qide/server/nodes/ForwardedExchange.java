package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable.Peer;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A forwarded HTTP request and its response; both bodies are streamed through a small buffer.
/// Owned by the request's thread.
final class ForwardedExchange {
    private static final int BUFFER_BYTES = 16 << 10;

    /// The largest body of a refusal that is read as a whole.
    private static final int SMALL_BYTES = 16 << 10;

    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /// How long a node may be silent before this one watches whether the client still waits. That
    /// costs the client its connection, which ends with the answer.
    private static final Duration SILENCE = Duration.ofMillis(250);

    /// How long a node may take to accept or refuse content. A client that leaves meanwhile is not
    /// noticed, since its content is not read yet.
    private static final Duration CONTINUE_WAIT = Duration.ofSeconds(30);

    /// How long a node may pause within the head of its answer, or within a refusal.
    private static final Duration ANSWER_SILENCE = Duration.ofSeconds(30);

    private static final int CONTINUE = 100;
    private static final int SUCCESS = 200;
    private static final int MISDIRECTED = 421;
    private static final int UNAVAILABLE = 503;

    private final NodeConnection connection;
    private final HttpHandler.Request request;
    private final Peer peer;
    private final Runnable ended;
    private volatile boolean hasClientLeft;
    private boolean isWatched;

    /// Whether the client's content was read, so that no other node can get it.
    private boolean isContentRead;

    /// The node ended before it answered.
    static final class NodeEndedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final boolean isRepeatable;

        NodeEndedException(IOException cause, boolean isRepeatable) {
            super("the node ended before it answered", cause);
            this.isRepeatable = isRepeatable;
        }

        /// Whether the request may be sent once more: it changes nothing.
        boolean isRepeatable() {
            return isRepeatable;
        }
    }

    /// @param ended is run when the answer was sent, or cannot be
    ForwardedExchange(
            NodeConnection connection, HttpHandler.Request request, Peer peer, Runnable ended) {
        this.connection = connection;
        this.request = request;
        this.peer = peer;
        this.ended = ended;
    }

    /// The answer, whose body is read while it is sent; null when the node does not have the
    /// workspace.
    ///
    /// @throws NodeEndedException when the node ended
    /// @throws IOException when the client left
    @Nullable Answer answer(Instant now) throws IOException {
        long length = contentLength();
        var head = exchanged(length, now);
        if (head.status() != MISDIRECTED && head.status() != UNAVAILABLE) {
            return answer(head);
        }
        var body = refusal(head);
        ended.run();
        var type = head.value("content-type");
        return isElsewhere(request.head().method(), head, body) && !isContentRead
                ? null
                : new Answer(
                        head.status(),
                        Forwarder.headers(head),
                        head.cookies(),
                        new Content.Bytes(type == null ? "" : type, body));
    }

    private byte[] refusal(NodeConnection.Head head) throws NodeEndedException {
        try {
            return smallBody(connection, head);
        } catch (IOException gone) {
            throw new NodeEndedException(
                    gone, !isContentRead && READING.contains(request.head().method()));
        }
    }

    /// Whether the request may be sent to another node: this one refuses since it does not have the
    /// workspace, or does not accept forwarded requests of this node. A node that lost the
    /// workspace while it answered may have done a part of what was requested.
    static boolean isElsewhere(String method, NodeConnection.Head head, byte[] body) {
        return head.status() == MISDIRECTED
                || (head.status() == UNAVAILABLE
                        && READING.contains(method)
                        && new String(body, StandardCharsets.UTF_8)
                                .contains('"' + Failure.WORKSPACE_ELSEWHERE.wireName() + '"'));
    }

    /// The body of a refusal, at most 16 KiB of it.
    static byte[] smallBody(NodeConnection connection, NodeConnection.Head head)
            throws IOException {
        var length = head.value("content-length");
        if (length == null) {
            return new byte[0];
        }
        connection.expectWithin(ANSWER_SILENCE);
        return connection.input().readNBytes((int) Math.min(SMALL_BYTES, Long.parseLong(length)));
    }

    /// Negative for content in chunks.
    private long contentLength() {
        var length = request.head().header("Content-Length");
        if (length != null) {
            return Long.parseLong(length);
        }
        return request.head().header("Transfer-Encoding") == null ? 0 : -1;
    }

    private NodeConnection.Head exchanged(long length, Instant now) throws IOException {
        boolean isRepeatable = length == 0 && READING.contains(request.head().method());
        try {
            connection
                    .output()
                    .write(ForwardedRequestHead.ofRequest(request.head(), peer, length, now));
            if (length == 0) {
                watchWhileSilent();
            } else if (!connection.awaitsByte(CONTINUE_WAIT)) {
                throw new IOException("the node does not accept the content");
            }
            var head = connection.readHead(ANSWER_SILENCE);
            if (head.status() == CONTINUE) {
                sendContent(length);
                watchWhileSilent();
                head = connection.readHead(ANSWER_SILENCE);
            }
            while (head.status() < SUCCESS) {
                head = connection.readHead(ANSWER_SILENCE);
            }
            return head;
        } catch (ClientException client) {
            throw client.failure;
        } catch (IOException gone) {
            if (hasClientLeft) {
                throw new SocketException("the client left");
            }
            throw new NodeEndedException(gone, isRepeatable);
        }
    }

    private void watchWhileSilent() throws IOException {
        if (!isWatched && !connection.awaitsByte(SILENCE)) {
            isWatched = true;
            request.disconnectSignal()
                    .onDisconnect(() -> {
                        hasClientLeft = true;
                        connection.abort();
                    });
        }
    }

    private static final class ClientException extends IOException {
        private static final long serialVersionUID = 1L;

        private final IOException failure;

        ClientException(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    /// Sends the client's content. A node that has answered already reads no more of it: what it
    /// answered is read then.
    private void sendContent(long length) throws IOException {
        var buffer = new byte[BUFFER_BYTES];
        for (int read = readContent(buffer); read >= 0; read = readContent(buffer)) {
            try {
                send(buffer, read, length < 0);
            } catch (IOException _) {
                return;
            }
        }
        if (length < 0) {
            connection.output().write(LAST_CHUNK);
        }
    }

    private int readContent(byte[] buffer) throws IOException {
        isContentRead = true;
        try {
            return request.body().read(buffer, 0, buffer.length);
        } catch (IOException client) {
            throw new ClientException(client);
        }
    }

    private void send(byte[] bytes, int length, boolean isChunk) throws IOException {
        var output = connection.output();
        if (isChunk) {
            output.write(
                    (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        output.write(bytes, 0, length);
        if (isChunk) {
            output.write(LINE_END);
        }
    }

    private Answer answer(NodeConnection.Head head) {
        var headers = Forwarder.headers(head);
        var type = head.value("content-type");
        var mediaType = type == null ? "" : type;
        var length = head.value("content-length");
        Content content;
        if (length != null) {
            long bytes = Long.parseLong(length);
            content =
                    new Content.Sized(
                            mediaType,
                            bytes,
                            new Copy(ForwardedResponseBody.sized(connection, bytes)));
        } else if (head.value("transfer-encoding") != null) {
            content =
                    new Content.Stream(
                            mediaType, new Copy(ForwardedResponseBody.chunked(connection)));
        } else {
            ended.run();
            content = new Content.Bytes(mediaType, new byte[0]);
        }
        return new Answer(head.status(), headers, head.cookies(), content);
    }

    /// Writes a body as it comes.
    private final class Copy implements HttpHandler.Writer {
        private final InputStream body;

        Copy(InputStream body) {
            this.body = body;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            var buffer = new byte[BUFFER_BYTES];
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                out.write(buffer, 0, read);
                if (body.available() == 0) {
                    out.flush();
                }
            }
        }

        @Override
        public void close() {
            ended.run();
        }
    }
}

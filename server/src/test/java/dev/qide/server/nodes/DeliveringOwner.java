package dev.qide.server.nodes;

import dev.qide.server.transport.Delivery;
import dev.qide.server.transport.DeliveryLinkProtocol;
import dev.qide.server.transport.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A node that has the workspace, as the node that forwards to it sees one: accepts its delivery
/// link and its handshakes, and sends what the test says, in any timing.
final class DeliveringOwner implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;
    private static final int PATIENCE_MILLISECONDS = 30_000;

    /// As the RFC's example answers the key of every RawClient.
    private static final String SWITCHING =
            """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            \r
            """;

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final BlockingQueue<Accepted> links = new LinkedBlockingQueue<>();
    private final BlockingQueue<Accepted> sockets = new LinkedBlockingQueue<>();
    private final BlockingQueue<Accepted> halfAnswered = new LinkedBlockingQueue<>();
    private final AtomicReference<LinkAnswer> linkAnswer;

    /// How it answers the handshake of a link.
    enum LinkAnswer {
        ACCEPTED,
        /// As a node of an earlier version.
        UNKNOWN,
        /// Stops in the middle of the answer.
        HALF,
        /// As a node whose clock differs; the next one is accepted.
        REFUSED_ONCE
    }

    /// A connection after its handshake.
    ///
    /// @param link the header that names the link, or the link and a channel; empty without
    record Accepted(Socket socket, String link) implements AutoCloseable {
        int channel() {
            return Integer.parseInt(link.substring(link.indexOf(' ') + 1));
        }

        void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }

        /// The next message of the forwarding node: whether a channel is full.
        DeliveryLinkProtocol.Feedback feedback() throws IOException {
            var in = new DataInputStream(socket.getInputStream());
            var head = in.readNBytes(2);
            var mask = in.readNBytes(4);
            var payload = in.readNBytes(head[1] & 0x7f);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i & 3];
            }
            return DeliveryLinkProtocol.Feedback.decode(payload);
        }
    }

    DeliveringOwner(LinkAnswer linkAnswer) throws IOException {
        this.linkAnswer = new AtomicReference<>(linkAnswer);
        var _ = Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    Accepted link() throws InterruptedException {
        return next(links);
    }

    /// The next socket whose client has sent something.
    Accepted socket() throws IOException, InterruptedException {
        var next = next(sockets);
        next.socket().setSoTimeout(PATIENCE_MILLISECONDS);
        if (next.socket().getInputStream().read() < 0) {
            throw new AssertionError("the socket has ended");
        }
        return next;
    }

    private static Accepted next(BlockingQueue<Accepted> queue) throws InterruptedException {
        var next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no handshake in time");
        }
        return next;
    }

    /// A whole frame of a server.
    static byte[] frame(int opcode, byte[] payload) {
        var masked = RawClient.frame(0x80 | opcode, payload);
        int head = masked.length - payload.length - 4;
        var frame = new ByteArrayOutputStream();
        frame.write(masked, 0, 1);
        frame.write(masked[1] & 0x7f);
        frame.write(masked, 2, head - 2);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /// A delivery of a binary message, as a frame of the link.
    static byte[] delivery(
            List<Integer> channels, List<Delivery.Position> positions, byte[] message) {
        var frame = frame(RawClient.BINARY, message);
        return frame(RawClient.BINARY, new Delivery(channels, positions, frame).encode());
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                socket.setTcpNoDelay(true);
                answer(socket);
            } catch (IOException _) {
                // The listener was closed, or the peer left; the condition of the loop decides.
            }
        }
    }

    private void answer(Socket socket) throws IOException {
        var head = head(socket.getInputStream());
        boolean isLink = head.startsWith("GET " + DeliveryLinkProtocol.PATH + " ");
        if (isLink && !acceptsLink(socket)) {
            return;
        }
        write(socket, SWITCHING);
        var link =
                head.lines()
                        .filter(line ->
                                line.toLowerCase(Locale.ROOT)
                                        .startsWith(DeliveryLinkProtocol.HEADER + ": "))
                        .map(line -> line.substring(line.indexOf(' ') + 1))
                        .findFirst()
                        .orElse("");
        (isLink ? links : sockets).add(new Accepted(socket, link));
    }

    private boolean acceptsLink(Socket socket) throws IOException {
        switch (linkAnswer.get()) {
            case ACCEPTED -> {
                return true;
            }
            case UNKNOWN -> refuse(socket, "404 Not Found");
            case REFUSED_ONCE -> {
                linkAnswer.set(LinkAnswer.ACCEPTED);
                refuse(socket, "421 Misdirected Request");
            }
            case HALF -> {
                write(socket, SWITCHING.substring(0, SWITCHING.length() / 2));
                halfAnswered.add(new Accepted(socket, ""));
            }
        }
        return false;
    }

    private static void refuse(Socket socket, String status) throws IOException {
        write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
        socket.close();
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (var queue : List.of(links, sockets, halfAnswered)) {
            for (var accepted : queue) {
                accepted.socket().close();
            }
        }
    }
}

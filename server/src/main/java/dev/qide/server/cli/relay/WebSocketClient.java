package dev.qide.server.cli.relay;

import dev.qide.server.cli.credentials.ProxyException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// The client's end of a WebSocket (RFC 6455) with text messages, on the JDK's blocking sockets.
///
/// An editor waits for `qide lsp` to start, and `java.net.http` needs about 0.3 s of CPU time more,
/// even without TLS (`docs/architecture.md`). One thread reads; sending is thread-safe and blocks
/// while the peer does not read, until [#close].
final class WebSocketClient implements AutoCloseable {
    /// The status codes of RFC 6455, section 7.4.1.
    static final int NORMAL = 1_000;

    private static final int PROTOCOL_ERROR = 1_002;
    private static final int NOT_TEXT = 1_003;
    private static final int NO_STATUS = 1_005;
    private static final int MALFORMED_TEXT = 1_007;
    private static final int TOO_BIG = 1_009;

    /// Opcodes of frames, section 5.2.
    private static final int CONTINUATION = 0;

    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static final int FINAL = 0x80;
    private static final int RESERVED_BITS = 0x70;
    private static final int OPCODE_BITS = 0x0F;
    private static final int MASKED = 0x80;
    private static final int LENGTH_BITS = 0x7F;
    private static final int CONTROL_OCTETS = 125;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final int LARGEST_16 = 0xFFFF;
    private static final int MASK_OCTETS = 4;
    private static final int BUFFER_OCTETS = 1 << 16;

    private final SecureRandom random = new SecureRandom();
    private final Socket transport;
    private final InputStream in;
    private final OutputStream out;
    private final int messageOctets;
    private final ReentrantLock sending = new ReentrantLock();

    /// The payload of a ping that is not answered yet.
    private final AtomicReference<byte @Nullable []> pinged = new AtomicReference<>();

    /// Receives the peer's messages. Called by the thread of [#read].
    interface Receiver {
        void text(String message);

        /// The peer has answered a ping.
        void pong();

        /// The peer has sent a ping: it lives.
        default void pinged() {}
    }

    /// How the peer has closed the connection.
    ///
    /// @param code 1005 if it gave none
    record Closing(int code, String reason) {}

    /// One frame's payload, and whether it ends its message.
    private record Frame(int opcode, boolean isFinal, byte[] payload) {}

    /// @param transport the TCP connection
    /// @param socket the same, or TLS on it
    private WebSocketClient(Socket transport, Socket socket, int messageOctets) throws IOException {
        this.transport = transport;
        this.messageOctets = messageOctets;
        in = new BufferedInputStream(socket.getInputStream(), BUFFER_OCTETS);
        out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_OCTETS);
    }

    /// Connects, over TLS for `wss`, and upgrades the connection.
    ///
    /// @param messageOctets the longest message that is received
    /// @param within for each step: TCP, proxy, TLS and upgrade
    /// @throws ProxyException when the proxy does not connect
    /// @throws HandshakeRefusedException when the server answers otherwise
    static WebSocketClient connect(Endpoint server, int messageOctets, Duration within)
            throws IOException {
        var endpoint = server.uri();
        var transport = Tunnel.connect(endpoint, server.proxy(), within);
        try {
            var opened =
                    new WebSocketClient(transport, secured(endpoint, transport), messageOctets);
            new OpeningHandshake(endpoint, opened.random)
                    .request(server.token(), opened.in, opened.out, within);
            transport.setSoTimeout(0);
            return opened;
        } catch (IOException failure) {
            transport.close();
            throw failure;
        }
    }

    private static Socket secured(URI endpoint, Socket transport) throws IOException {
        if (!OpeningHandshake.isSecure(endpoint)) {
            return transport;
        }
        var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        var secured =
                (SSLSocket)
                        factory.createSocket(
                                transport,
                                OpeningHandshake.host(endpoint),
                                OpeningHandshake.port(endpoint),
                                true);
        var parameters = secured.getSSLParameters();
        // Without it the certificate could be that of another host.
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    /// Sends a text message, in one frame.
    void send(String message) throws IOException {
        send(TEXT, message.getBytes(StandardCharsets.UTF_8));
    }

    /// Sends a ping, unless a frame is being sent.
    void ping() throws IOException {
        var _ = sendIfIdle(PING, new byte[0]);
    }

    /// Sends a close frame; [#read] returns when the peer has answered it.
    void sendClose() throws IOException {
        send(CLOSE, status(NORMAL));
    }

    private static byte[] status(int code) {
        return ByteBuffer.allocate(Short.BYTES).putShort((short) code).array();
    }

    private void send(int opcode, byte[] payload) throws IOException {
        sending.lock();
        try {
            write(opcode, payload);
        } finally {
            sending.unlock();
        }
        answerPing();
    }

    /// Sends a frame unless another is on its way: the thread that reads must not wait for a peer
    /// that reads only when it is read.
    private boolean sendIfIdle(int opcode, byte[] payload) throws IOException {
        if (!sending.tryLock()) {
            return false;
        }
        try {
            write(opcode, payload);
        } finally {
            sending.unlock();
        }
        return true;
    }

    /// If another thread is sending, it answers the ping afterwards.
    private void answerPing() throws IOException {
        while (pinged.get() != null && sending.tryLock()) {
            try {
                var payload = pinged.getAndSet(null);
                if (payload != null) {
                    write(PONG, payload);
                }
            } finally {
                sending.unlock();
            }
        }
    }

    /// Writes one frame; the payload is masked in place (section 5.3).
    private void write(int opcode, byte[] payload) throws IOException {
        var mask = new byte[MASK_OCTETS];
        random.nextBytes(mask);
        var head = ByteBuffer.allocate(2 + Long.BYTES + MASK_OCTETS);
        head.put((byte) (FINAL | opcode));
        if (payload.length <= CONTROL_OCTETS) {
            head.put((byte) (MASKED | payload.length));
        } else if (payload.length <= LARGEST_16) {
            head.put((byte) (MASKED | LENGTH_16)).putShort((short) payload.length);
        } else {
            head.put((byte) (MASKED | LENGTH_64)).putLong(payload.length);
        }
        head.put(mask);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i % MASK_OCTETS];
        }
        out.write(head.array(), 0, head.position());
        out.write(payload);
        out.flush();
    }

    /// Receives messages until the peer closes the connection.
    ///
    /// @throws IOException when it ends in another way, or the peer violates the protocol
    Closing read(Receiver receiver) throws IOException {
        var message = new ByteArrayOutputStream();
        boolean isInMessage = false;
        while (true) {
            var frame = frame(messageOctets - message.size());
            switch (frame.opcode()) {
                case TEXT, CONTINUATION -> {
                    if (isInMessage == (frame.opcode() == TEXT)) {
                        throw violation(PROTOCOL_ERROR, "a message in the middle of another");
                    }
                    message.write(frame.payload());
                    isInMessage = !frame.isFinal();
                    if (frame.isFinal()) {
                        receiver.text(text(message.toByteArray()));
                        message.reset();
                    }
                }
                case PING -> {
                    receiver.pinged();
                    pinged.set(frame.payload());
                    answerPing();
                }
                case PONG -> receiver.pong();
                case CLOSE -> {
                    return closing(frame.payload());
                }
                default -> throw violation(NOT_TEXT, "a message that is not text");
            }
        }
    }

    private Closing closing(byte[] payload) {
        int code =
                payload.length < Short.BYTES
                        ? NO_STATUS
                        : Short.toUnsignedInt(ByteBuffer.wrap(payload).getShort());
        var reason =
                payload.length <= Short.BYTES
                        ? ""
                        : new String(
                                payload,
                                Short.BYTES,
                                payload.length - Short.BYTES,
                                StandardCharsets.UTF_8);
        sendCloseIfIdle(code == NO_STATUS ? NORMAL : code);
        return new Closing(code, reason);
    }

    /// Reads a frame; a server masks none (section 5.1).
    private Frame frame(int maxOctets) throws IOException {
        int first = octet();
        int second = octet();
        int opcode = first & OPCODE_BITS;
        boolean isControl = opcode >= CLOSE;
        boolean isFinal = (first & FINAL) != 0;
        long length = length(second & LENGTH_BITS);
        if ((first & RESERVED_BITS) != 0
                || (second & MASKED) != 0
                || (isControl && (length > CONTROL_OCTETS || !isFinal))) {
            throw violation(PROTOCOL_ERROR, "a malformed frame");
        }
        if (length < 0 || length > maxOctets) {
            throw violation(TOO_BIG, "a message is too long");
        }
        var payload = in.readNBytes((int) length);
        if (payload.length < length) {
            throw new EOFException("the connection has ended");
        }
        return new Frame(opcode, isFinal, payload);
    }

    private long length(int bits) throws IOException {
        int octets =
                switch (bits) {
                    case LENGTH_16 -> Short.BYTES;
                    case LENGTH_64 -> Long.BYTES;
                    default -> 0;
                };
        long length = octets == 0 ? bits : 0;
        for (int i = 0; i < octets; i++) {
            length = length << Byte.SIZE | octet();
        }
        return length;
    }

    private int octet() throws IOException {
        int octet = in.read();
        if (octet < 0) {
            throw new EOFException("the connection has ended");
        }
        return octet;
    }

    private String text(byte[] octets) throws IOException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
        } catch (CharacterCodingException malformed) {
            throw violation(MALFORMED_TEXT, "a message that is not UTF-8", malformed);
        }
    }

    private IOException violation(int code, String what) {
        return violation(code, what, null);
    }

    private IOException violation(int code, String what, @Nullable Throwable cause) {
        sendCloseIfIdle(code);
        return new IOException("the server sent " + what, cause);
    }

    /// Tells the peer why the connection ends, if it still reads.
    private void sendCloseIfIdle(int code) {
        try {
            var _ = sendIfIdle(CLOSE, status(code));
        } catch (IOException _) {
            // It has gone.
        }
    }

    /// Ends the connection at once; a thread that reads or sends gets an [IOException].
    @Override
    public void close() {
        try {
            // Closing TLS would wait for a thread that sends.
            transport.close();
        } catch (IOException _) {
            // It has ended anyway.
        }
    }
}

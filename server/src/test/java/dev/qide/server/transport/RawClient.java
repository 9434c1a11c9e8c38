package dev.qide.server.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A WebSocket client that sends raw bytes, for violations of the protocol. Owned by one thread.
public final class RawClient implements AutoCloseable {
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;

    /// @param opcode with 0x80 for the last fragment
    public record Received(int opcode, byte[] payload) {
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        public int closeCode() {
            return ByteBuffer.wrap(payload).getShort() & 0xffff;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    public String head = "";

    public RawClient(int port) throws IOException {
        this(port, 0);
    }

    /// @param receiveBytes the size of the kernel's receive buffer, 0 for the default
    public RawClient(int port, int receiveBytes) throws IOException {
        this(connected(port, receiveBytes));
    }

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
        out = socket.getOutputStream();
    }

    private static Socket connected(int port, int receiveBytes) throws IOException {
        var socket = new Socket();
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    /// The same over TLS; the handshake is complete.
    public static RawClient secured(int port, SSLContext trust, int receiveBytes)
            throws IOException {
        return secured(connected(port, receiveBytes), trust);
    }

    /// The same on a connection that is there.
    static RawClient secured(Socket plain, SSLContext trust) throws IOException {
        var socket =
                (SSLSocket)
                        trust.getSocketFactory()
                                .createSocket(plain, "localhost", plain.getPort(), true);
        socket.startHandshake();
        return new RawClient(socket);
    }

    /// The server's certificate.
    X509Certificate certificate() throws IOException {
        var session = ((SSLSocket) socket).getSession();
        return (X509Certificate) session.getPeerCertificates()[0];
    }

    public static RawClient opened(int port, String path, String... headers) throws IOException {
        return new RawClient(port).open(path, headers);
    }

    RawClient open(String path, String... headers) throws IOException {
        var client = this;
        client.write(handshake(path, headers).getBytes(StandardCharsets.US_ASCII));
        client.readHead();
        if (!client.head.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError(client.head);
        }
        return client;
    }

    public static String handshake(String path, String... headers) {
        var lines =
                new ArrayList<>(
                        List.of(
                                "GET " + path + " HTTP/1.1",
                                "Host: localhost",
                                "Connection: keep-alive, Upgrade",
                                "Upgrade: websocket",
                                "Sec-WebSocket-Version: 13",
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
        lines.addAll(List.of(headers));
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    public void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    public void writeText(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    public void send(int opcode, byte[] payload) throws IOException {
        write(frame(0x80 | opcode, payload));
    }

    void sendText(String text) throws IOException {
        send(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] frame(int first, byte[] payload) {
        var bytes = ByteBuffer.allocate(payload.length + 14);
        bytes.put((byte) first);
        if (payload.length < 126) {
            bytes.put((byte) (0x80 | payload.length));
        } else if (payload.length <= 0xffff) {
            bytes.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            bytes.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        var mask = new byte[] {1, 2, 3, 4};
        bytes.put(mask);
        for (int i = 0; i < payload.length; i++) {
            bytes.put((byte) (payload[i] ^ mask[i & 3]));
        }
        return java.util.Arrays.copyOf(bytes.array(), bytes.position());
    }

    public Received receive() throws IOException {
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        var payload = new byte[(int) length];
        in.readFully(payload);
        return new Received(first & 0x0f, payload);
    }

    /// The next frame that is not a ping.
    public Received receiveMessage() throws IOException {
        var next = receive();
        while (next.opcode() == PING) {
            next = receive();
        }
        return next;
    }

    /// Reads a response's status line and headers into [#head].
    public void readHead() throws IOException {
        var text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended in the head: " + text);
            }
            text.append((char) next);
        }
        head = text.toString();
    }

    /// Reads a response with its body.
    public String readAnswer() throws IOException {
        readHead();
        var length =
                head.lines()
                        .filter(line ->
                                line.toLowerCase(java.util.Locale.ROOT)
                                        .startsWith("content-length:"))
                        .map(line -> line.substring(15).strip())
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no Content-Length: " + head));
        return new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8);
    }

    /// Whether the peer ended the connection; reads and discards what still arrives.
    public boolean isEnded() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
            return true;
        } catch (java.net.SocketTimeoutException _) {
            return false;
        } catch (java.net.SocketException _) {
            return true;
        }
    }

    void timeout(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /// Closes the connection early.
    public void leave() throws IOException {
        socket.close();
    }

    /// Resets the connection.
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

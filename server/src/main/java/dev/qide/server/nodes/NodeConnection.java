package dev.qide.server.nodes;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/// One connection to another node, for one request or one socket. HTTP/1.1, as that node speaks it.
/// Thread-safe; one thread reads and one thread writes at a time.
final class NodeConnection implements AutoCloseable {
    private static final Duration CONNECT_WAIT = Duration.ofSeconds(2);
    private static final Duration TLS_WAIT = Duration.ofSeconds(5);

    /// An idle connection ends 60 s after its last packet: 30 s, then three probes 10 s apart.
    private static final int IDLE_BEFORE_PROBES_SECONDS = 30;

    private static final int PROBE_INTERVAL_SECONDS = 10;
    private static final int PROBES = 3;
    private static final int BUFFER_BYTES = 8 << 10;
    private static final int HEAD_BYTES = 64 << 10;
    private static final String VERSION = "HTTP/1.1 ";
    private static final int STATUS_DIGITS = 3;

    private final Socket plain;
    private final Socket socket;
    private final InputStream input;
    private final OutputStream output;

    /// Counts bytes.
    interface Traffic {
        void received(long bytes);

        void sent(long bytes);
    }

    /// The status and the header fields of an answer.
    ///
    /// @param fields as sent, with names in lower case as keys
    /// @param cookies the values of `Set-Cookie`
    record Head(int status, Map<String, Field> fields, List<String> cookies) {
        /// @param name as sent
        record Field(String name, String value) {}

        @Nullable String value(String name) {
            var field = fields.get(name);
            return field == null ? null : field.value();
        }
    }

    /// Connects.
    ///
    /// @throws IOException when the node cannot be reached, or its certificate is not trusted
    static NodeConnection open(NodeUrl url, Supplier<SSLSocketFactory> tls, Traffic traffic)
            throws IOException {
        var plain = new Socket();
        boolean isOpen = false;
        try {
            plain.connect(
                    new InetSocketAddress(url.host(), url.port()), (int) CONNECT_WAIT.toMillis());
            plain.setTcpNoDelay(true);
            keepAlive(plain);
            var socket = url.isSecure() ? secured(plain, url, tls.get()) : plain;
            var connection = new NodeConnection(plain, socket, traffic);
            isOpen = true;
            return connection;
        } finally {
            if (!isOpen) {
                plain.close();
            }
        }
    }

    private NodeConnection(Socket plain, Socket socket, Traffic traffic) throws IOException {
        this.plain = plain;
        this.socket = socket;
        input =
                new BufferedInputStream(
                        new CountedInput(socket.getInputStream(), traffic), BUFFER_BYTES);
        output = new CountedOutput(socket.getOutputStream(), traffic);
    }

    /// Enables TCP keep-alive, so that a read fails when the node or the network drops the
    /// connection silently. A read timeout would not do: a live response or socket may be idle
    /// indefinitely. Keep-alive does not cover unacknowledged writes; those fail at TCP's
    /// retransmission timeout.
    private static void keepAlive(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_BEFORE_PROBES_SECONDS);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, PROBE_INTERVAL_SECONDS);
        socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
    }

    private static Socket secured(Socket plain, NodeUrl url, SSLSocketFactory tls)
            throws IOException {
        var socket = (SSLSocket) tls.createSocket(plain, url.host(), url.port(), true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.setSoTimeout((int) TLS_WAIT.toMillis());
        socket.startHandshake();
        socket.setSoTimeout(0);
        return socket;
    }

    /// Waits at most this long for the first byte of an answer.
    ///
    /// @return false when there is none yet
    boolean awaitsByte(Duration atMost) throws IOException {
        socket.setSoTimeout((int) atMost.toMillis());
        try {
            input.mark(1);
            int next = input.read();
            if (next < 0) {
                throw new IOException("the node ended the connection");
            }
            input.reset();
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        } finally {
            socket.setSoTimeout(0);
        }
    }

    /// Sets how long the node may be silent before a read fails; zero for any time.
    void expectWithin(Duration atMost) throws IOException {
        socket.setSoTimeout((int) atMost.toMillis());
    }

    /// Waits for an answer and reads its head.
    ///
    /// @param silence how long a node that has begun to answer may pause in the middle
    Head readHead(Duration silence) throws IOException {
        input.mark(1);
        if (input.read() < 0) {
            throw new IOException("the node ended the connection");
        }
        input.reset();
        expectWithin(silence);
        try {
            return readHead();
        } finally {
            expectWithin(Duration.ZERO);
        }
    }

    private Head readHead() throws IOException {
        int left = HEAD_BYTES;
        var first = line(left);
        left -= first.length();
        if (!first.startsWith(VERSION) || first.length() < VERSION.length() + STATUS_DIGITS) {
            throw new IOException("not an answer of HTTP/1.1");
        }
        int status =
                Integer.parseInt(first, VERSION.length(), VERSION.length() + STATUS_DIGITS, 10);
        var fields = new LinkedHashMap<String, Head.Field>();
        var cookies = new ArrayList<String>();
        for (var line = line(left); !line.isEmpty(); line = line(left)) {
            left -= line.length();
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("a malformed header");
            }
            var name = line.substring(0, colon);
            var value = line.substring(colon + 1).strip();
            if (name.equalsIgnoreCase("set-cookie")) {
                cookies.add(value);
            }
            fields.merge(
                    name.toLowerCase(Locale.ROOT),
                    new Head.Field(name, value),
                    (old, more) -> new Head.Field(name, old.value() + ", " + more.value()));
        }
        return new Head(status, fields, cookies);
    }

    /// The next line without its end.
    String line(int atMost) throws IOException {
        var line = new ByteArrayOutputStream(64);
        for (int next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0 || line.size() > atMost) {
                throw new IOException("the node's answer ended, or is too long");
            }
            line.write(next);
        }
        var text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    InputStream input() {
        return input;
    }

    /// Unbuffered.
    OutputStream output() {
        return output;
    }

    /// Ends the output; what was written still arrives.
    void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException _) {
            // The node has ended already.
        }
    }

    /// Resets the connection, below TLS, which never waits; unblocks a reader or writer.
    void abort() {
        try {
            plain.setSoLinger(true, 0);
        } catch (IOException _) {
            // Closed already.
        }
        close();
    }

    @Override
    public void close() {
        try {
            plain.close();
        } catch (IOException _) {
            // Closed anyway.
        }
    }

    private static final class CountedInput extends FilterInputStream {
        private final Traffic traffic;

        CountedInput(InputStream input, Traffic traffic) {
            super(input);
            this.traffic = traffic;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = in.read(into, offset, length);
            traffic.received(Math.max(read, 0));
            return read;
        }
    }

    private static final class CountedOutput extends FilterOutputStream {
        private final Traffic traffic;

        CountedOutput(OutputStream output, Traffic traffic) {
            super(output);
            this.traffic = traffic;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            traffic.sent(length);
        }
    }
}

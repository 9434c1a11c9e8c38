package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.Await;
import dev.qide.server.transport.tls.PemKeyPair;
import dev.qide.server.transport.tls.ServerTls;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// HTTP and WebSocket over TLS, from PEM files that may be renewed.
class TlsTest {
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final int KERNEL_BYTES = 8 << 10;

    @TempDir static Path shared;
    private static TestCertificate first;
    private static TestCertificate second;
    private static SSLContext trust;

    @TempDir Path folder;

    @BeforeAll
    static void make() throws Exception {
        first = TestCertificate.make(shared, "EC");
        second = TestCertificate.make(shared, "RSA");
        trust = TestCertificate.trust(first, second);
    }

    private TlsFiles files() throws Exception {
        var files = first.writeTo(folder);
        return new TlsFiles(files.certificate(), files.key(), LOOK);
    }

    private TestHost started() throws Exception {
        return TestHost.withTls(TransportLimits.defaults(), files());
    }

    private static RawClient connect(TestHost server) throws IOException {
        return RawClient.secured(server.port(), trust, 0);
    }

    @Test
    void https_and_wss_are_served_on_one_port() throws Exception {
        try (var server = started();
                var http = connect(server);
                var socket = connect(server).open("/echo")) {
            http.writeText("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(http.readAnswer()).contains("\"secure\":true");
            socket.sendText("hello");
            assertThat(socket.receiveMessage().text()).isEqualTo("hello");
            var large = new byte[4 << 20];
            var writer = Thread.ofVirtual().start(() -> sendQuietly(socket, large));
            assertThat(socket.receiveMessage().payload()).hasSize(large.length);
            writer.join();
            assertThat(server.metric("qide_transport_certificate_seconds")).isPositive();
        }
    }

    /// The kernel and middleboxes cut the stream anywhere, also within the head of a record.
    @Test
    void records_arrive_whole_however_the_stream_is_cut() throws Exception {
        try (var server = started();
                var plain = new CuttingSocket(server.port());
                var socket = RawClient.secured(plain, trust).open("/echo")) {
            for (int bytes : new int[] {1, 500, 513, 9_000, 16_384, 16_385, 100_000}) {
                var message = new byte[bytes];
                Arrays.fill(message, (byte) bytes);
                socket.send(RawClient.BINARY, message);
                assertThat(socket.receiveMessage().payload()).isEqualTo(message);
            }
        }
    }

    /// A socket whose writes reach the kernel in pieces of 1 to 700 bytes.
    private static final class CuttingSocket extends Socket {
        private static final int PIECE_BYTES = 700;

        CuttingSocket(int port) throws IOException {
            super(InetAddress.getLoopbackAddress(), port);
            setTcpNoDelay(true);
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            var whole = super.getOutputStream();
            var sizes = new Random(1);
            return new OutputStream() {
                @Override
                public void write(int one) throws IOException {
                    whole.write(one);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    int at = from;
                    while (at < from + length) {
                        int piece = Math.min(1 + sizes.nextInt(PIECE_BYTES), from + length - at);
                        whole.write(bytes, at, piece);
                        at += piece;
                    }
                }
            };
        }
    }

    @Test
    void a_client_of_tls_1_2_is_served_and_may_not_renegotiate() throws Exception {
        try (var server = started();
                var socket =
                        (SSLSocket)
                                trust.getSocketFactory()
                                        .createSocket(
                                                InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            var request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");

            assertThatThrownBy(
                            () -> {
                                socket.startHandshake();
                                socket.getInputStream().readAllBytes();
                            })
                    .isInstanceOf(IOException.class);
            TestHost.await(
                    "counted",
                    () ->
                            server.metric("qide_transport_aborted_total{cause=\"tls_failed\",}")
                                    == 1);
        }
    }

    /// RFC 7301, section 3.2: a client that offers no supported protocol gets an alert in the
    /// handshake.
    @Test
    void alpn_chooses_http_1_1_and_refuses_everything_else() throws Exception {
        try (var server = started()) {
            assertThat(negotiated(server, "http/1.1")).isEqualTo("http/1.1");
            assertThat(negotiated(server, "h2", "http/1.1")).isEqualTo("http/1.1");
            assertThat(negotiated(server)).isEmpty();
            for (var offered : List.of("h2", "http/1.0", "xmpp-client")) {
                assertThatThrownBy(() -> negotiated(server, offered))
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("no_application_protocol");
            }
            assertThat(negotiated(server, "http/1.1")).isEqualTo("http/1.1");
        }
    }

    private static String negotiated(TestHost server, String... offered) throws IOException {
        var loopback = InetAddress.getLoopbackAddress();
        try (var socket =
                (SSLSocket) trust.getSocketFactory().createSocket(loopback, server.port())) {
            socket.setSoTimeout(10_000);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(offered);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket.getApplicationProtocol();
        }
    }

    private static void sendQuietly(RawClient client, byte[] message) {
        try {
            client.send(RawClient.BINARY, message);
        } catch (IOException gone) {
            throw new java.io.UncheckedIOException(gone);
        }
    }

    /// Works without a name service: the peer is identified by its address.
    @Test
    void a_client_is_identified_by_its_address_without_a_name_lookup() throws Exception {
        try (var server = started();
                var http = connect(server)) {
            http.writeText("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(http.readAnswer()).contains("\"from\":\"127.0.0.1\"");
        }
    }

    @Test
    void a_close_ends_with_a_close_notify() throws Exception {
        try (var server = started();
                var client = connect(server).open("/echo")) {
            server.outgoing().close(4000, "enough");
            assertThat(client.receiveMessage().closeCode()).isEqualTo(4000);
            // A connection that was cut would cause an exception here.
            assertThat(client.isEnded()).isTrue();
            client.leave();
            TestHost.await("closed", () -> server.closedCodes.contains(4000));
        }
    }

    @Test
    void a_plain_http_request_is_not_served() throws Exception {
        try (var server = started();
                var plain = new RawClient(server.port())) {
            plain.writeText("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(plain.isEnded()).isTrue();
            TestHost.await(
                    "counted",
                    () ->
                            server.metric("qide_transport_aborted_total{cause=\"tls_failed\",}")
                                    == 1);
        }
    }

    @Test
    void half_a_tls_handshake_is_reaped() throws Exception {
        var connections =
                new TransportLimits.Connections(
                        2,
                        100,
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5));
        var limits =
                new TransportLimits(
                        connections,
                        TransportLimits.Receiving.defaults(),
                        TransportLimits.Sending.defaults());
        try (var server = TestHost.withTls(limits, files());
                var silent = new RawClient(server.port());
                var half = new RawClient(server.port())) {
            half.write(new byte[] {0x16, 3, 1, 1, 0, 1});
            try (var client = connect(server).open("/echo")) {
                client.sendText("heard");
                assertThat(client.receiveMessage().text()).isEqualTo("heard");
            }
            assertThat(silent.isEnded()).isTrue();
            assertThat(half.isEnded()).isTrue();
        }
    }

    @Test
    void new_connections_use_a_renewed_pair_and_open_ones_stay() throws Exception {
        try (var server = started();
                var before = connect(server).open("/echo")) {
            assertThat(before.certificate()).isEqualTo(first.certificate());
            second.writeTo(folder);
            awaitShown(server, second.certificate());
            before.sendText("still here");
            assertThat(before.receiveMessage().text()).isEqualTo("still here");
        }
    }

    @Test
    void an_incomplete_new_pair_leaves_the_old_one_in_use() throws Exception {
        try (var server = started()) {
            var files = files();
            Files.writeString(files.certificate(), second.certificatePem());
            assertShownForAWhile(server, first.certificate());
            Files.writeString(files.key(), "-----BEGIN PRIVATE KEY-----\n");
            assertShownForAWhile(server, first.certificate());
            Files.delete(files.key());
            assertShownForAWhile(server, first.certificate());
            Files.writeString(files.key(), second.keyPem());
            awaitShown(server, second.certificate());
            var old = TestCertificate.make(shared, "EC", "-startdate", "-9d", "-validity", "1");
            old.writeTo(folder);
            assertShownForAWhile(server, second.certificate());
        }
    }

    private static void awaitShown(TestHost server, X509Certificate certificate) throws Exception {
        Await.await("shown", WITHIN, () -> shown(server).equals(certificate));
    }

    /// Several times as long as finding a usable pair takes.
    private static void assertShownForAWhile(TestHost server, X509Certificate certificate) {
        long end = System.nanoTime() + LOOK.multipliedBy(6).toNanos();
        while (System.nanoTime() - end < 0) {
            assertThat(shown(server)).isEqualTo(certificate);
        }
    }

    private static X509Certificate shown(TestHost server) {
        try (var client = connect(server)) {
            return client.certificate();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    @Test
    void keys_are_read_in_each_format_that_tools_write() throws Exception {
        for (var algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
            var made = TestCertificate.make(shared, algorithm);
            var files = made.writeTo(folder);
            assertThat(PemKeyPair.read(files).key()).isEqualTo(made.key());
            if (!algorithm.equals("Ed25519")) {
                var bare = octetsOf(made.key().getEncoded());
                Files.writeString(
                        files.key(), TestCertificate.pem(algorithm + " PRIVATE KEY", bare));
                assertThat(PemKeyPair.read(files).key().getAlgorithm()).isEqualTo(algorithm);
            }
        }
    }

    /// The older format is the last part of a PKCS#8 key: everything after the header of its octet
    /// string.
    private static byte[] octetsOf(byte[] pkcs8) {
        for (int at = 1; at < pkcs8.length; at++) {
            int head = pkcs8[at + 1] == (byte) 0x82 ? 4 : pkcs8[at + 1] == (byte) 0x81 ? 3 : 2;
            int length =
                    switch (head) {
                        case 4 -> (pkcs8[at + 2] & 0xff) << 8 | (pkcs8[at + 3] & 0xff);
                        case 3 -> pkcs8[at + 2] & 0xff;
                        default -> pkcs8[at + 1];
                    };
            if (pkcs8[at] == 4 && at + head + length == pkcs8.length) {
                return Arrays.copyOfRange(pkcs8, at + head, pkcs8.length);
            }
        }
        throw new AssertionError("no PKCS#8 key");
    }

    @Test
    void an_unusable_pair_is_refused_at_the_start_with_a_sentence() throws Exception {
        var files = first.writeTo(folder);
        Files.writeString(files.key(), second.keyPem());
        assertRefused(files, "key in " + files.key());
        Files.writeString(files.key(), "nothing");
        assertRefused(files, "no PEM private key");
        Files.writeString(
                files.key(), TestCertificate.pem("ENCRYPTED PRIVATE KEY", new byte[] {1}));
        assertRefused(files, "without a passphrase");
        Files.writeString(files.certificate(), TestCertificate.pem("CERTIFICATE", new byte[9]));
        assertRefused(files, "malformed certificate");
        Files.delete(files.certificate());
        assertRefused(files, "cannot be read");
    }

    private static void assertRefused(TlsFiles files, String sentence) {
        assertThatThrownBy(() -> new ServerTls(files))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence);
    }

    /// A graceful close of the engine would wait here for its own blocked writer.
    @Test
    void a_stuck_writer_is_aborted_and_unblocked() throws Exception {
        var sending =
                new TransportLimits.Sending(
                        64 << 20, 16_384, 1 << 30, Duration.ofMillis(500), Duration.ofSeconds(1));
        var limits =
                new TransportLimits(
                        TransportLimits.Connections.defaults(),
                        TransportLimits.Receiving.defaults(),
                        sending);
        try (var server = TestHost.withTls(limits, files());
                var client = RawClient.secured(server.port(), trust, KERNEL_BYTES)) {
            client.writeText(RawClient.handshake("/flood"));
            client.sendText("300");
            Await.await("gone", WITHIN, () -> server.closedCodes.contains(1013));
            assertThat(server.metric("qide_transport_aborted_total{cause=\"stuck\",}"))
                    .isEqualTo(1);
            Await.await("freed", WITHIN, () -> server.metric("qide_transport_connections") == 0);
            Await.await("dropped", WITHIN, () -> server.metric("qide_transport_queued_bytes") == 0);
        }
    }

    @Test
    void draining_does_not_wait_for_a_stuck_client_longer_than_the_grace() throws Exception {
        try (var server = TestHost.withTls(WebServerTest.withLongSendTimeouts(), files());
                var stuck = RawClient.secured(server.port(), trust, KERNEL_BYTES);
                var well = connect(server).open("/echo")) {
            stuck.writeText(RawClient.handshake("/flood"));
            stuck.sendText("100");
            TestHost.await(
                    "stuck",
                    () -> server.outgoings.stream().anyMatch(each -> each.queuedBytes() > 1 << 20));
            var closed = Thread.ofVirtual().start(() -> assertClosedWith1001(well));
            long began = System.nanoTime();
            server.host.drain(Duration.ofMillis(500));
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(30));
            closed.join();
            TestHost.await("both are reported", () -> server.closedCodes.size() == 2);
            assertThat(server.closedCodes).hasSize(2).containsOnly(1001);
        }
    }

    private static void assertClosedWith1001(RawClient client) {
        try {
            assertThat(client.receiveMessage().closeCode()).isEqualTo(1001);
            client.leave();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}

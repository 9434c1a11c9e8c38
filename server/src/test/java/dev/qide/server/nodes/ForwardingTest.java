package dev.qide.server.nodes;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.cli.NodeConfig;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.NodeTable;
import dev.qide.server.transport.RawClient;
import dev.qide.server.transport.TestCertificate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two servers on one database and one directory. The first one has the workspace; requests go to
/// the second one, which forwards them.
class ForwardingTest {
    private static final String FILES = "/api/workspaces/demo/files/";
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final int GOING_AWAY = 1001;
    private static final int SERVICE_RESTART = 1012;
    private static final int LARGE_BYTES = 5_000_000;

    @TempDir Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private TestServer first;
    private TestServer second;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "a\n");
        first = TestServer.start(folder);
        assertThat(get(first, "a.txt").statusCode()).isEqualTo(200);
        second = TestServer.startBeside(first);
        awaitPeers(first);
    }

    @AfterEach
    void stop() {
        http.close();
        second.close();
        first.close();
    }

    @Test
    void a_server_knows_the_others_before_it_listens() throws Exception {
        try (var database = new Database(first.database().address());
                var starting =
                        Nodes.load(
                                new NodeTable(database),
                                new LeaseTable(database),
                                new SecureRandom(),
                                InstantSource.system())) {
            assertThat(starting.count()).isEqualTo(2);
        }
    }

    @Test
    void any_server_reads_and_writes_files() throws Exception {
        var answer = get(second, "a.txt");
        assertThat(answer.statusCode() + " " + answer.body()).isEqualTo("200 a\n");
        assertThat(answer.headers().firstValue("ETag")).isPresent();
        assertThat(answer.headers().map().get("RateLimit")).hasSize(1);
        assertThat(forwarded(second, "answered")).isEqualTo(1);

        var created = put(second, "b.txt", BodyPublishers.ofString("b"), "If-None-Match", "*");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(get(first, "b.txt").body()).isEqualTo("b");
        var stale = put(second, "b.txt", BodyPublishers.ofString("c"), "If-Match", "\"0\"");
        assertThat(stale.statusCode()).isEqualTo(412);
        var tag = created.headers().firstValue("ETag").orElseThrow();
        var inChunks =
                BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream("chunks".getBytes(StandardCharsets.UTF_8)));
        assertThat(put(second, "b.txt", inChunks, "If-Match", tag).statusCode()).isEqualTo(204);
        assertThat(get(second, "b.txt").body()).isEqualTo("chunks");

        var head = send(second, "HEAD", FILES + "b.txt", BodyPublishers.noBody());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).hasValue("6");
        var part =
                send(second, "GET", FILES + "b.txt", BodyPublishers.noBody(), "Range", "bytes=1-2");
        assertThat(part.statusCode() + " " + part.body()).isEqualTo("206 hu");
        var current = head.headers().firstValue("ETag").orElseThrow();
        var deleted =
                send(
                        second,
                        "DELETE",
                        FILES + "b.txt",
                        BodyPublishers.noBody(),
                        "If-Match",
                        current);
        assertThat(deleted.statusCode()).isEqualTo(204);
        assertThat(get(second, "b.txt").statusCode()).isEqualTo(404);
    }

    @Test
    void zip_files_search_and_tools_pass() throws Exception {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("from-zip.txt"));
            out.write("needle".getBytes(StandardCharsets.UTF_8));
        }
        var uploaded =
                send(
                        second,
                        "POST",
                        "/api/workspaces/demo/zip",
                        BodyPublishers.ofByteArray(zip.toByteArray()),
                        "Content-Type",
                        "application/zip");
        assertThat(uploaded.statusCode()).as(uploaded.body()).isEqualTo(200);
        assertThat(Files.readString(folder.resolve("from-zip.txt"))).isEqualTo("needle");

        var downloaded = bytes(second, "/api/workspaces/demo/zip");
        assertThat(downloaded.statusCode()).isEqualTo(200);
        try (var in = new ZipInputStream(new ByteArrayInputStream(downloaded.body()))) {
            var names = new java.util.TreeSet<String>();
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
            }
            assertThat(names).contains("a.txt", "from-zip.txt");
        }
        var found =
                send(
                        second,
                        "GET",
                        "/api/workspaces/demo/search?q=needle",
                        BodyPublishers.noBody());
        assertThat(found.body()).contains("from-zip.txt");
        var tools =
                send(
                        second,
                        "POST",
                        "/mcp/demo",
                        BodyPublishers.ofString(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"),
                        "Content-Type",
                        "application/json",
                        "Accept",
                        "application/json, text/event-stream");
        assertThat(tools.statusCode()).as(tools.body()).isEqualTo(200);
        assertThat(tools.body()).contains("read_file");
    }

    @Test
    void credentials_are_checked_by_the_server_that_has_the_workspace() throws Exception {
        var stranger =
                http.send(
                        HttpRequest.newBuilder(second.http(FILES + "a.txt")).build(),
                        BodyHandlers.ofString());
        assertThat(stranger.statusCode()).isEqualTo(401);
        assertThat(stranger.headers().firstValue("WWW-Authenticate")).isPresent();
        assertThat(stranger.body()).contains("unauthenticated");
        var reader = second.tokenOf("reader", Scope.READ);
        assertThat(
                        http.send(
                                        HttpRequest.newBuilder(second.http(FILES + "a.txt"))
                                                .header("Authorization", "Bearer " + reader)
                                                .method("DELETE", BodyPublishers.noBody())
                                                .build(),
                                        BodyHandlers.ofString())
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void a_large_answer_passes_and_a_client_that_does_not_read_is_not_read_ahead()
            throws Exception {
        var large = new byte[LARGE_BYTES];
        new Random(7).nextBytes(large);
        Files.write(folder.resolve("large.bin"), large);
        assertThat(bytes(second, FILES + "large.bin").body()).isEqualTo(large);
        Files.write(folder.resolve("larger.bin"), Arrays.copyOf(large, 6 * LARGE_BYTES));

        try (var socket = connected(second)) {
            double before = received(second);
            socket.setReceiveBufferSize(64 << 10);
            socket.getOutputStream().write(request("GET", FILES + "larger.bin"));
            double[] seen = {-1};
            await(() -> {
                double now = received(second) - before;
                boolean isStill = now > 0 && now == seen[0];
                seen[0] = now;
                return isStill;
            });
            // What the kernel's buffers of both connections hold.
            assertThat(seen[0]).isLessThan(3 * LARGE_BYTES);
            assertThat(readToEnd(socket.getInputStream())).isGreaterThan(6 * LARGE_BYTES);
        }
    }

    @Test
    void a_socket_passes_in_both_directions() throws Exception {
        try (var ann = TestClient.connect(first.ws("/ws/demo"), first.token());
                var bob = TestClient.connect(second.ws("/ws/demo"), second.token())) {
            ann.initialize(null);
            var answer = bob.initialize(null);
            assertThat(answer.toString()).contains("capabilities");
            assertThat(TestClient.errorCode(bob.answer("qide/nonsense", "{}"))).isEqualTo(-32601);
            assertThat(gauge(second, "qide_nodes_forwarded_sockets")).isEqualTo(1);
            // Refused by the server that has the workspace, with its code.
            bob.binary(new byte[] {1});
            assertThat(bob.closeCode()).isEqualTo(1007);
        }
        await(() -> gauge(second, "qide_nodes_forwarded_sockets") == 0);
    }

    @Test
    void a_socket_over_tls_passes_and_is_closed_in_order_by_either_side() throws Exception {
        var certificate = TestCertificate.make(Files.createTempDirectory("qide-tls"), "EC");
        var tls = certificate.writeTo(Files.createTempDirectory("qide-tls"));
        try (var secure = TestServer.startBeside(first, NodeConfig.none(), tls);
                var client =
                        RawClient.secured(
                                secure.http("/").getPort(),
                                TestCertificate.trust(certificate),
                                0)) {
            var initialize =
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"capabilities\":{}}}"
                            .getBytes(StandardCharsets.UTF_8);
            var start = new ByteArrayOutputStream();
            start.writeBytes(
                    RawClient.handshake("/ws/demo", "Authorization: Bearer " + first.token())
                            .getBytes(StandardCharsets.UTF_8));
            start.writeBytes(RawClient.frame(0x80 | RawClient.TEXT, initialize));
            client.write(start.toByteArray());
            client.readHead();
            assertThat(client.head).startsWith("HTTP/1.1 101 ");
            assertThat(client.receiveMessage().text()).contains("capabilities");
            client.send(RawClient.CLOSE, new byte[] {0x03, (byte) 0xe8});
            var reply = client.receiveMessage();
            while (reply.opcode() == RawClient.TEXT) {
                // Notifications that were under way.
                reply = client.receiveMessage();
            }
            assertThat(reply.opcode()).isEqualTo(RawClient.CLOSE);
            assertThat(reply.closeCode()).isEqualTo(1000);
        }
    }

    @Test
    void a_revoked_token_closes_its_socket_through_the_hop() throws Exception {
        var token = second.tokenOf("bob", Scope.EDIT);
        try (var bob = TestClient.connect(second.ws("/ws/demo"), token)) {
            bob.initialize(null);
            second.revoke("bob");
            long revoked = System.nanoTime();
            assertThat(bob.closeCode()).isEqualTo(CLOSE_UNAUTHENTICATED);
            // `HostileLoadTest` has the bound of a second; it runs alone.
            assertThat(Duration.ofNanos(System.nanoTime() - revoked))
                    .isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void a_ticket_is_valid_once_at_any_server() throws Exception {
        var ticket = ticket(first);
        try (var bob = TestClient.connect(second.ws("/ws/demo?ticket=" + ticket), (String) null)) {
            assertThat(bob.initialize(null).toString()).contains("capabilities");
        }
        for (var server : new TestServer[] {first, second}) {
            assertThat(handshake(server, "/ws/demo?ticket=" + ticket)).startsWith("HTTP/1.1 401 ");
        }
        var other = ticket(second);
        try (var ann = TestClient.connect(first.ws("/ws/demo?ticket=" + other), (String) null)) {
            assertThat(ann.initialize(null).toString()).contains("capabilities");
        }
    }

    @Test
    void a_forged_header_is_refused() throws Exception {
        var now = System.currentTimeMillis() / 1_000;
        for (var forged :
                new String[] {
                    "",
                    "x",
                    "v1 " + first.nodeId() + " 10.0.0.1 https " + now + " AAAA",
                    "v1 " + second.nodeId() + " 10.0.0.1 https " + now + " AAAA"
                }) {
            for (var server : new TestServer[] {first, second}) {
                var answer =
                        send(
                                server,
                                "GET",
                                FILES + "a.txt",
                                BodyPublishers.noBody(),
                                ForwardingSignature.NAME,
                                forged);
                assertThat(answer.statusCode()).as(forged).isEqualTo(421);
                assertThat(answer.body()).contains("forwarding-refused");
                assertThat(handshake(server, "/ws/demo", ForwardingSignature.NAME + ": " + forged))
                        .startsWith("HTTP/1.1 421 ");
            }
        }
    }

    @Test
    void a_server_that_began_again_is_asked_once_more_and_then_the_workspace_is_taken_over()
            throws Exception {
        assertThat(get(second, "a.txt").statusCode()).isEqualTo(200);
        // The same address with another secret, and without the workspace.
        first.end();
        first.begin();
        var answer = get(second, "a.txt");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        awaitPeers(first);
        assertThat(get(first, "a.txt").body()).isEqualTo("a\n");
        assertThat(forwarded(first, "answered")).isEqualTo(1);
    }

    @Test
    void a_server_that_stops_says_so_to_the_sockets_that_it_forwards() throws Exception {
        try (var bob = TestClient.connect(second.ws("/ws/demo"), second.token())) {
            bob.initialize(null);
            second.end();
            assertThat(bob.closeCode()).isEqualTo(GOING_AWAY);
        } finally {
            second.begin();
        }
        try (var bob = TestClient.connect(second.ws("/ws/demo"), second.token())) {
            bob.initialize(null);
            first.end();
            assertThat(bob.closeCode()).isEqualTo(SERVICE_RESTART);
        } finally {
            first.begin();
        }
    }

    /// As after a connection to the database that broke while a lease was taken.
    @Test
    void a_lease_that_a_server_has_without_knowing_it_is_taken_again() throws Exception {
        first.database().execute("UPDATE leases SET epoch = epoch + 1");
        await(() -> ready(first).body().contains("\"owned\":[]"));
        var answer = get(second, "a.txt");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(ready(first).body()).contains("\"owned\":[\"demo\"]");
    }

    @Test
    void a_draining_server_gives_up_a_lease_that_it_has_without_knowing_it() throws Exception {
        first.database().execute("UPDATE leases SET epoch = epoch + 1");
        await(() -> ready(first).body().contains("\"owned\":[]"));
        first.setDraining(true);
        await(() -> readiness(first) == 503);
        await(() -> text(second).equals("a\n"));
        assertThat(ready(second).body()).contains("\"owned\":[\"demo\"]");
    }

    @Test
    void a_draining_server_takes_no_workspace_and_forwards() throws Exception {
        // Nobody has the new workspace.
        createFresh();
        first.setDraining(true);
        await(() -> readiness(first) == 503);
        // What a load balancer is told on purpose is no failed request.
        assertThat(gauge(first, "qide_transport_requests_total{status=\"5xx\",}")).isZero();
        await(() -> text(first).equals("a\n") && forwarded(first, "answered") > 0);
        var path = "/api/workspaces/fresh/files/a.txt";
        double before = forwarded(first, "answered");
        var put = send(first, "PUT", path, BodyPublishers.ofString("1"), "If-None-Match", "*");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
        assertThat(forwarded(first, "answered")).isEqualTo(before + 1);
        // Without another one that works it serves.
        second.setDraining(true);
        await(() -> readiness(first) == 200);
        first.setDraining(false);
        await(() -> readiness(second) == 503);
        await(() -> text(second).equals("a\n") && forwarded(second, "answered") > 0);
    }

    @Test
    void a_signature_is_valid_for_one_request_of_one_receiver_and_for_a_minute() throws Exception {
        var now = Instant.now();
        var target = "GET " + FILES + "a.txt";
        assertThat(signed(first, signature(first, target, now)).statusCode()).isEqualTo(200);
        for (var wrong :
                new String[] {
                    signature(first, target, now.minusSeconds(62)),
                    signature(first, target, now.plusSeconds(90)),
                    signature(first, "GET " + FILES + "b.txt", now),
                    signature(first, "DELETE " + FILES + "a.txt", now),
                    signature(second, target, now)
                }) {
            var answer = signed(first, wrong);
            assertThat(answer.statusCode()).as(wrong).isEqualTo(421);
            assertThat(answer.body()).contains("forwarding-refused");
        }
    }

    @Test
    void only_a_request_that_changes_nothing_is_sent_again_after_a_lease_was_lost()
            throws Exception {
        var requests = new AtomicInteger();
        var there =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        there.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    var body =
                            "{\"failure\":\"workspace-elsewhere\"}"
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(503, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        there.start();
        try (var _ = new OtherNode(first, "http://127.0.0.1:" + there.getAddress().getPort())) {
            await(() -> gauge(second, "qide_nodes_peers") == 2);
            var deleted = send(second, "DELETE", FILES + "a.txt", BodyPublishers.noBody());
            assertThat(deleted.statusCode()).isEqualTo(503);
            assertThat(requests.get()).isEqualTo(1);
            assertThat(folder.resolve("a.txt")).exists();
            assertThat(get(second, "a.txt").statusCode()).isEqualTo(503);
            assertThat(requests.get()).as("asked once more").isEqualTo(3);
        } finally {
            there.stop(0);
        }
    }

    @Test
    void a_server_that_cannot_be_reached_is_tried_once_a_second() throws Exception {
        var connections = new AtomicInteger();
        try (var there = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> refuse(there, connections));
            try (var _ = new OtherNode(first, "https://127.0.0.1:" + there.getLocalPort())) {
                await(() -> gauge(second, "qide_nodes_peers") == 2);
                long begun = System.nanoTime();
                for (int request = 0; request < 20; request++) {
                    assertThat(get(second, "a.txt").statusCode()).isEqualTo(503);
                }
                long seconds = Duration.ofNanos(System.nanoTime() - begun).toSeconds();
                assertThat(connections.get()).isBetween(1, (int) seconds + 2);
            }
        }
    }

    /// No TLS.
    private static void refuse(ServerSocket listener, AtomicInteger connections) {
        while (!listener.isClosed()) {
            try (var _ = listener.accept()) {
                connections.incrementAndGet();
            } catch (IOException _) {
                // Closed; the condition of the loop decides.
            }
        }
    }

    private HttpResponse<String> signed(TestServer server, String signature) throws Exception {
        return send(
                server,
                "GET",
                FILES + "a.txt",
                BodyPublishers.noBody(),
                ForwardingSignature.NAME,
                signature);
    }

    private static String signature(TestServer receiver, String target, Instant signedAt)
            throws Exception {
        var secret =
                receiver.database()
                        .rows(
                                "SELECT encode(secret, 'hex') FROM nodes WHERE id::text = ?",
                                receiver.nodeId())
                        .getFirst();
        return ForwardingSignature.sign(
                UUID.fromString(receiver.nodeId()),
                HexFormat.of().parseHex(secret),
                new ForwardingSignature.Sent("10.0.0.1", true),
                target,
                signedAt);
    }

    private String text(TestServer server) {
        try {
            return get(server, "a.txt").body();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private int readiness(TestServer server) {
        return ready(server).statusCode();
    }

    private HttpResponse<String> ready(TestServer server) {
        try {
            return send(server, "GET", "/ready", BodyPublishers.noBody());
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void a_workspace_of_one_server_is_known_to_the_other_until_it_is_deleted() throws Exception {
        createFresh();
        var path = "/api/workspaces/fresh/files/a.txt";
        assertThat(
                        send(first, "PUT", path, BodyPublishers.ofString("1"), "If-None-Match", "*")
                                .statusCode())
                .isEqualTo(201);
        assertThat(send(second, "GET", path, BodyPublishers.noBody()).body()).isEqualTo("1");
        assertThat(
                        send(second, "DELETE", "/api/workspaces/fresh", BodyPublishers.noBody())
                                .statusCode())
                .isEqualTo(204);
        await(() -> !list(first).contains("\"fresh\"") && !list(second).contains("\"fresh\""));
    }

    private String list(TestServer server) {
        try {
            return send(server, "GET", "/api/workspaces", BodyPublishers.noBody()).body();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private String ticket(TestServer server) throws Exception {
        var answer = send(server, "POST", "/api/ticket", BodyPublishers.noBody());
        return JsonParser.parseString(answer.body()).getAsJsonObject().get("ticket").getAsString();
    }

    private static String handshake(TestServer server, String path, String... headers)
            throws IOException {
        try (var socket = connected(server)) {
            var text =
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: "
                            + server.http("/").getAuthority()
                            + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            + String.join("\r\n", headers)
                            + (headers.length == 0 ? "\r\n" : "\r\n\r\n");
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            var head = socket.getInputStream().readNBytes(64);
            return new String(head, StandardCharsets.UTF_8);
        }
    }

    private static Socket connected(TestServer server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.http("/").getPort());
    }

    private byte[] request(String method, String path) {
        return (method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: "
                        + second.http("/").getAuthority()
                        + "\r\nConnection: close\r\nAuthorization: Bearer "
                        + second.token()
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static long readToEnd(InputStream in) throws IOException {
        var buffer = new byte[64 << 10];
        long bytes = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            bytes += read;
        }
        return bytes;
    }

    private void awaitPeers(TestServer server) {
        await(() -> gauge(server, "qide_nodes_peers") == 1);
    }

    private double forwarded(TestServer server, String outcome) {
        return gauge(server, "qide_nodes_forwarded_requests_total{outcome=\"" + outcome + "\",}");
    }

    private double received(TestServer server) {
        return gauge(server, "qide_nodes_forwarded_bytes_total{direction=\"received\",}");
    }

    private double gauge(TestServer server, String series) {
        try {
            var text =
                    http.send(
                                    HttpRequest.newBuilder(server.http("/metrics")).build(),
                                    BodyHandlers.ofString())
                            .body();
            return text.lines()
                    .filter(line -> line.startsWith(series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private HttpResponse<String> get(TestServer server, String path) throws Exception {
        return send(server, "GET", FILES + path, BodyPublishers.noBody());
    }

    private HttpResponse<byte[]> bytes(TestServer server, String path) throws Exception {
        return http.send(authorized(server, server.http(path)).build(), BodyHandlers.ofByteArray());
    }

    private HttpResponse<String> put(
            TestServer server, String path, BodyPublisher body, String header, String value)
            throws Exception {
        return send(server, "PUT", FILES + path, body, header, value);
    }

    private HttpResponse<String> send(
            TestServer server, String method, String path, BodyPublisher body, String... headers)
            throws Exception {
        var request = authorized(server, server.http(path)).method(method, body);
        return http.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                BodyHandlers.ofString());
    }

    private static HttpRequest.Builder authorized(TestServer server, URI uri) {
        return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + server.token());
    }

    /// A new workspace of the second server, which the first one knows too.
    private void createFresh() throws Exception {
        var created =
                send(
                        second,
                        "POST",
                        "/api/workspaces",
                        BodyPublishers.ofString("{\"name\":\"fresh\"}"),
                        "Content-Type",
                        "application/json");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        await(() -> list(first).contains("\"fresh\""));
    }
}

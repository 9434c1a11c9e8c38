package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.transport.TestCertificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Server processes on one database and one directory: each answers every request, and when the one
/// that has the workspace is killed, another one takes it over.
class NodesTest {
    /// `-Dnodes.kills=10` for the figure in the benchmarks.
    private static final int KILLS = Integer.getInteger("nodes.kills", 2);

    /// `-Dnodes.edits=2000` for the figure in the benchmarks.
    private static final int EDITS = Integer.getInteger("nodes.edits", 100);

    /// From the kill to the next acknowledged edit, on a busy machine.
    private static final Duration TAKEOVER = Duration.ofSeconds(10);

    private static final String FILES = "api/workspaces/demo/files/";
    private static final int DOWNLOAD_BYTES = 32_000_000;
    private static final int SERVICE_RESTART = 1012;
    private static final long SCRIPT_SECONDS = 120;

    @TempDir Path home;
    private final HttpClient client = HttpClient.newHttpClient();
    private TestDatabase database;
    private Path workspace;
    private int begun;

    @BeforeEach
    void start() throws Exception {
        database = TestDatabase.create();
        workspace = Files.createDirectory(home.resolve("project"));
        Files.writeString(workspace.resolve("a.txt"), "a\n");
    }

    @AfterEach
    void stop() {
        client.close();
        database.close();
    }

    @Test
    void stock_clients_at_two_servers_share_a_text_and_go_on_when_the_owner_is_killed()
            throws Exception {
        var scripts = NodeProject.installed("collab");
        var owner = begin(Map.of()).awaitReady();
        assertThat(get(owner)).isEqualTo("200 a\n");
        var other = begin(Map.of()).awaitReady();
        try {
            awaitPeer(owner);
            var shared = run(scripts, "share", owner.token(), collab(owner), collab(other));
            assertThat(shared.get("characters").getAsInt()).isPositive();
            var latency =
                    run(
                            scripts,
                            "latency",
                            owner.token(),
                            collab(owner),
                            collab(other),
                            Integer.toString(EDITS));
            System.out.println("acknowledgement of an edit at two servers: " + latency);

            var times = new ArrayList<Double>();
            for (int kill = 0; kill < KILLS; kill++) {
                assertThat(get(other)).startsWith("200 ");
                var failover =
                        run(
                                scripts,
                                "failover",
                                owner.token(),
                                collab(other),
                                Long.toString(owner.pid()));
                times.add(failover.get("acknowledgedMs").getAsDouble());
                System.out.println("failover: " + failover);
                assertThat(failover.get("closeCode").getAsInt()).isEqualTo(SERVICE_RESTART);
                owner.close();
                owner = other;
                other = begin(Map.of()).awaitReady();
                awaitPeer(owner);
            }
            System.out.println("from the kill to the next acknowledged edit, ms: " + times);
            assertThat(Collections.max(times)).isLessThan((double) TAKEOVER.toMillis());
        } finally {
            owner.close();
            other.close();
        }
    }

    @Test
    void a_download_is_cut_when_the_owner_is_killed_and_works_again_at_once() throws Exception {
        Files.write(workspace.resolve("large.bin"), new byte[DOWNLOAD_BYTES]);
        try (var owner = begin(Map.of()).awaitReady()) {
            assertThat(get(owner)).isEqualTo("200 a\n");
            try (var other = begin(Map.of()).awaitReady()) {
                awaitPeer(owner);
                var response =
                        client.send(
                                request(other, FILES + "large.bin"), BodyHandlers.ofInputStream());
                try (var body = response.body()) {
                    assertThat(body.readNBytes(1_000_000)).hasSize(1_000_000);
                    owner.kill();
                    assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
                }
                Await.await(
                        "the other server has the workspace",
                        TAKEOVER,
                        () -> get(other).equals("200 a\n"));
            }
        }
    }

    @Test
    void servers_with_https_urls_check_certificates() throws Exception {
        var certificate = TestCertificate.make(home, "EC");
        var tls = certificate.writeTo(Files.createDirectory(home.resolve("tls")));
        int port = FreePort.next();
        var settings =
                Map.of(
                        "QIDE_TLS_CERT", tls.certificate().toString(),
                        "QIDE_TLS_KEY", tls.key().toString(),
                        "QIDE_NODE_URL", "https://127.0.0.1:" + port);
        try (var owner = begin(settings, port).awaitReady();
                var secure =
                        HttpClient.newBuilder()
                                .sslContext(TestCertificate.trust(certificate))
                                .build()) {
            var own =
                    secure.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "https://127.0.0.1:"
                                                            + port
                                                            + "/"
                                                            + FILES
                                                            + "a.txt"))
                                    .header("Authorization", "Bearer " + owner.token())
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(own.statusCode()).isEqualTo(200);
            try (var trusting =
                            begin(Map.of("QIDE_NODE_CA", tls.certificate().toString()))
                                    .awaitReady();
                    var doubting = begin(Map.of()).awaitReady()) {
                assertThat(get(trusting)).isEqualTo("200 a\n");
                assertThat(get(doubting)).startsWith("503 ").contains("workspace-elsewhere");
            }
        }
    }

    private JsonObject run(NodeProject scripts, String... arguments) throws Exception {
        var lines = scripts.run(SCRIPT_SECONDS, "nodes.mjs", arguments).strip();
        return JsonParser.parseString(lines).getAsJsonObject();
    }

    private static String collab(ForkedServer server) {
        return "ws://127.0.0.1:" + server.http().getPort() + "/collab/demo";
    }

    private void awaitPeer(ForkedServer server) {
        Await.await(() -> {
            var metrics = body(HttpRequest.newBuilder(server.http().resolve("metrics")).build());
            return metrics.contains("\nqide_nodes_peers 1.0");
        });
    }

    private ForkedServer begin(Map<String, String> settings) throws Exception {
        return begin(settings, FreePort.next());
    }

    private ForkedServer begin(Map<String, String> settings, int port) throws Exception {
        var address = database.address();
        var url =
                "postgresql://"
                        + address.user()
                        + ":"
                        + address.password()
                        + "@"
                        + address.url().substring("jdbc:postgresql://".length());
        var data = Files.createDirectory(home.resolve("server-" + begun++));
        if (begun > 1) {
            Files.copy(home.resolve("server-0/token"), data.resolve("token"));
        }
        return ForkedServer.begin(
                new ForkedServer.Config(
                        data, workspace, port, url, ForkedServer.Config.QUICK_START),
                settings);
    }

    private String get(ForkedServer server) {
        return body(request(server, FILES + "a.txt"), true);
    }

    private static HttpRequest request(ForkedServer server, String path) {
        try {
            return HttpRequest.newBuilder(server.http().resolve(path))
                    .header("Authorization", "Bearer " + server.token())
                    .build();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private String body(HttpRequest request) {
        return body(request, false);
    }

    private String body(HttpRequest request, boolean hasStatus) {
        try {
            var response = client.send(request, BodyHandlers.ofString());
            return (hasStatus ? response.statusCode() + " " : "") + response.body();
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }
}

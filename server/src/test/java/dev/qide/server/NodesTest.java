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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Server processes on one database and one directory: each answers every request, and when the one
/// that has the workspace is killed, another one takes it over.
class NodesTest {
    /// `-Dnodes.kills=10` for the figure in the benchmarks.
    private static final int KILLS = Integer.getInteger("nodes.kills", 2);

    /// `-Dnodes.edits=2000` for the figure in the benchmarks.
    private static final int EDITS = Integer.getInteger("nodes.edits", 100);

    /// From the kill to the next acknowledged edit, on a busy machine.
    private static final Duration TAKEOVER = Duration.ofSeconds(10);

    /// How long a server may be silent.
    private static final Duration SILENCE = Duration.ofSeconds(10);

    /// `-Dnodes.people=200` for the figure in the benchmarks.
    private static final String PEOPLE = System.getProperty("nodes.people", "20");

    /// `-Dnodes.returning=500` for the figure in the benchmarks.
    private static final String RETURNING = System.getProperty("nodes.returning", "50");

    /// Until a stock client has connected again, whose first attempt waits about a second.
    private static final Duration BACK = Duration.ofSeconds(20);

    private static final int DOWNLOAD_BYTES = 32_000_000;
    private static final int SERVICE_RESTART = 1012;
    private static final long SCRIPT_SECONDS = 120;

    @TempDir Path home;
    private NodeCluster cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new NodeCluster(home);
    }

    private void keepFilesInDatabase() throws Exception {
        cluster.close();
        cluster = NodeCluster.withFilesInDatabase(Files.createDirectory(home.resolve("database")));
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void stock_clients_at_two_servers_share_a_text_and_go_on_when_the_owner_is_killed()
            throws Exception {
        var scripts = NodeProject.installed("collab");
        var owner = cluster.begin(Map.of()).awaitReady();
        assertThat(cluster.get(owner)).isEqualTo("200 a\n");
        var other = cluster.begin(Map.of()).awaitReady();
        try {
            cluster.awaitPeers(owner, 1);
            var shared =
                    run(
                            scripts,
                            "share",
                            owner.token(),
                            cluster.collab(owner),
                            cluster.collab(other));
            assertThat(shared.get("characters").getAsInt()).isPositive();
            var latency =
                    run(
                            scripts,
                            "latency",
                            owner.token(),
                            cluster.collab(owner),
                            cluster.collab(other),
                            Integer.toString(EDITS));
            System.out.println("acknowledgement of an edit at two servers: " + latency);

            var times = new ArrayList<Double>();
            for (int kill = 0; kill < KILLS; kill++) {
                assertThat(cluster.get(other)).startsWith("200 ");
                var failover =
                        run(
                                scripts,
                                "failover",
                                owner.token(),
                                cluster.collab(other),
                                Long.toString(owner.pid()));
                times.add(failover.get("acknowledgedMs").getAsDouble());
                System.out.println("failover: " + failover);
                assertThat(failover.get("closeCode").getAsInt()).isEqualTo(SERVICE_RESTART);
                owner.close();
                owner = other;
                other = cluster.begin(Map.of()).awaitReady();
                cluster.awaitPeers(owner, 1);
            }
            System.out.println("from the kill to the next acknowledged edit, ms: " + times);
            assertThat(Collections.max(times)).isLessThan((double) TAKEOVER.toMillis());
        } finally {
            owner.close();
            other.close();
        }
    }

    @Test
    void a_language_question_is_answered_after_the_owner_was_killed() throws Exception {
        Files.writeString(cluster.workspace().resolve("main.py"), "def greet(): ...\n");
        try (var owner = cluster.begin(Map.of()).awaitReady()) {
            long start = hoverMillis(owner);
            try (var other = cluster.begin(Map.of()).awaitReady()) {
                cluster.awaitPeers(owner, 1);
                assertThat(cluster.get(other)).isEqualTo("200 a\n");
                owner.kill();
                long killed = System.nanoTime();
                Await.await(
                        "the other server has the workspace",
                        TAKEOVER,
                        () -> cluster.get(other).equals("200 a\n"));
                long taken = (System.nanoTime() - killed) / 1_000_000;
                long answered = taken + hoverMillis(other);
                System.out.println(
                        "language question: %d ms with the start of the server; after the kill %d ms, of which the takeover %d"
                                .formatted(start, answered, taken));
                assertThat(answered).isLessThan(TAKEOVER.toMillis() + 3 * start);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_drained_server_leaves_its_workspaces_without_an_error_of_people_who_type(
            boolean areFilesInDatabase) throws Exception {
        if (areFilesInDatabase) {
            keepFilesInDatabase();
        }
        var scripts = NodeProject.installed("collab");
        try (var owner = cluster.begin(Map.of()).awaitReady()) {
            cluster.createWorkspace(owner);
            assertThat(cluster.get(owner)).isEqualTo("200 a\n");
            try (var other = cluster.begin(Map.of()).awaitReady()) {
                cluster.awaitPeers(owner, 1);
                var command =
                        List.of(
                                "env",
                                "QIDE_DATABASE_URL=" + cluster.databaseUrl(),
                                ChildJvm.java(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                ChildJvm.classPath(),
                                Main.class.getName(),
                                "nodes",
                                "drain",
                                NodeCluster.nodeUrl(owner),
                                "--data",
                                owner.data().toString());
                // At both servers: that of the drained one goes on answering.
                var figures = typing(scripts, List.of(other, owner), command);
                assertThat(figures.get("exit").getAsInt()).as(figures.toString()).isZero();
                assertThat(state(owner)).startsWith("503 ").contains("\"draining\":true");
                assertThat(state(other))
                        .startsWith("200 ")
                        .contains("\"owned\":[\"" + cluster.name() + "\"]");
                assertThat(cluster.get(owner)).isEqualTo("200 a\n");
                assertThat(state(owner)).contains("\"owned\":[]");
                assertLeftCompletely(owner);
            }
        }
    }

    @Test
    void a_server_that_is_stopped_leaves_its_workspaces_first() throws Exception {
        var scripts = NodeProject.installed("collab");
        try (var owner = cluster.begin(Map.of()).awaitReady()) {
            assertThat(cluster.get(owner)).isEqualTo("200 a\n");
            try (var other = cluster.begin(Map.of()).awaitReady()) {
                cluster.awaitPeers(owner, 1);
                var _ =
                        typing(
                                scripts,
                                List.of(other),
                                List.of("kill", "-TERM", Long.toString(owner.pid())));
                assertThat(owner.awaitExit()).isZero();
                assertLeftCompletely(owner);
                assertThat(state(other)).contains("\"owned\":[\"demo\"]");
            }
        }
    }

    @Test
    void people_at_a_server_that_is_killed_come_back_together_through_another_one()
            throws Exception {
        var scripts = NodeProject.installed("collab");
        try (var owner = cluster.begin(Map.of()).awaitReady()) {
            assertThat(cluster.get(owner)).isEqualTo("200 a\n");
            try (var second = cluster.begin(Map.of()).awaitReady();
                    var third = cluster.begin(Map.of()).awaitReady()) {
                cluster.awaitPeers(owner, 2);
                cluster.awaitPeers(third, 2);
                var figures =
                        run(
                                scripts,
                                "return",
                                owner.token(),
                                cluster.collab(owner),
                                cluster.collab(second),
                                cluster.collab(third),
                                Long.toString(second.pid()),
                                RETURNING);
                System.out.println(RETURNING + " people come back: " + figures);
                assertThat(figures.get("backMaxMs").getAsDouble())
                        .isLessThan((double) BACK.toMillis());
            }
        }
    }

    @Test
    void a_download_is_cut_when_the_owner_is_killed_and_works_again_at_once() throws Exception {
        Files.write(cluster.workspace().resolve("large.bin"), new byte[DOWNLOAD_BYTES]);
        try (var owner = cluster.begin(Map.of()).awaitReady()) {
            assertThat(cluster.get(owner)).isEqualTo("200 a\n");
            try (var other = cluster.begin(Map.of()).awaitReady()) {
                cluster.awaitPeers(owner, 1);
                var response =
                        cluster.client()
                                .send(
                                        NodeCluster.request(other, cluster.file("large.bin")),
                                        BodyHandlers.ofInputStream());
                try (var body = response.body()) {
                    assertThat(body.readNBytes(1_000_000)).hasSize(1_000_000);
                    owner.kill();
                    assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
                }
                Await.await(
                        "the other server has the workspace",
                        TAKEOVER,
                        () -> cluster.get(other).equals("200 a\n"));
            }
        }
    }

    @Test
    void a_request_to_an_owner_that_does_not_respond_is_answered_by_another_server()
            throws Exception {
        try (var owner = cluster.begin(Map.of()).awaitReady()) {
            assertThat(cluster.get(owner)).isEqualTo("200 a\n");
            try (var other = cluster.begin(Map.of()).awaitReady()) {
                cluster.awaitPeers(owner, 1);
                assertThat(cluster.get(other)).isEqualTo("200 a\n");
                signal(owner, "STOP");
                long stopped = System.nanoTime();
                assertThat(cluster.get(other)).isEqualTo("200 a\n");
                assertThat(Duration.ofNanos(System.nanoTime() - stopped))
                        .isLessThan(SILENCE.plus(TAKEOVER));
                signal(owner, "CONT");
                Await.await(() -> state(owner).contains("\"owned\":[]"));
                assertThat(cluster.get(owner)).isEqualTo("200 a\n");
                assertThat(state(other)).contains("\"owned\":[\"demo\"]");
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
        try (var owner = cluster.begin(settings, port, cluster.databaseUrl()).awaitReady();
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
                                                            + cluster.file("a.txt")))
                                    .header("Authorization", "Bearer " + owner.token())
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(own.statusCode()).isEqualTo(200);
            try (var trusting =
                            cluster.begin(Map.of("QIDE_NODE_CA", tls.certificate().toString()))
                                    .awaitReady();
                    var doubting = cluster.begin(Map.of()).awaitReady()) {
                assertThat(cluster.get(trusting)).isEqualTo("200 a\n");
                assertThat(cluster.get(doubting))
                        .startsWith("503 ")
                        .contains("workspace-elsewhere");
            }
        }
    }

    /// People type at the servers while a command runs: nothing is lost, and nobody sees an error.
    private JsonObject typing(NodeProject scripts, List<ForkedServer> servers, List<String> command)
            throws Exception {
        var urls = servers.stream().map(cluster::collab).toList();
        var arguments =
                new ArrayList<>(
                        List.of(
                                "typing",
                                servers.getFirst().token(),
                                String.join(",", urls),
                                PEOPLE));
        arguments.addAll(command);
        var figures = run(scripts, arguments.toArray(String[]::new));
        System.out.println("typing while a server leaves its workspaces: " + figures);
        assertThat(figures.get("lost").getAsInt()).as(figures.toString()).isZero();
        assertThat(figures.getAsJsonArray("errors")).as(figures.toString()).isEmpty();
        assertThat(figures.getAsJsonObject("codes").keySet())
                .as(figures.toString())
                .containsExactly(Integer.toString(SERVICE_RESTART));
        return figures;
    }

    private String state(ForkedServer server) {
        return cluster.body(NodeCluster.request(server, "ready"));
    }

    private static JsonObject run(NodeProject scripts, String... arguments) throws Exception {
        var lines = scripts.run(SCRIPT_SECONDS, "nodes.mjs", arguments).strip();
        return JsonParser.parseString(lines.substring(lines.lastIndexOf('\n') + 1))
                .getAsJsonObject();
    }

    /// From the connection to the answer of a language server that has to start.
    private long hoverMillis(ForkedServer server) throws IOException {
        long begun = System.nanoTime();
        var url = URI.create(cluster.collab(server)).resolve("/lsp/demo/python");
        try (var client = TestClient.connect(url, server.token())) {
            client.initialize("file:///project");
            client.open("file:///project/main.py", "python", "def greet(): ...\n");
            var hover =
                    client.result(
                            "textDocument/hover",
                            "{'textDocument':{'uri':'file:///project/main.py'},'position':{'line':0,'character':5}}");
            assertThat(hover.toString()).contains("greet");
        }
        return (System.nanoTime() - begun) / 1_000_000;
    }

    private static void signal(ForkedServer server, String name) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, "" + server.pid()).start();
        assertThat(kill.waitFor()).isZero();
    }

    /// A server has logged that everything was written and all requests had ended.
    private static void assertLeftCompletely(ForkedServer owner) throws IOException {
        var left =
                Files.readAllLines(owner.data().resolve("logs/qide.json")).stream()
                        .filter(line -> line.contains("session.workspace_left"))
                        .toList();
        System.out.println(left);
        assertThat(left).hasSize(1).allMatch(line -> line.contains("\"reason\":\"complete\""));
    }
}

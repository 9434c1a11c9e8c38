package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.Await;
import dev.qide.server.TestPeople;
import dev.qide.server.TestPeople.LoggedIn;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an owner of the home organisation learns of the servers of the database.
class NodesApiTest {
    @TempDir Path folder;
    private TestServer server;
    private TestPeople people;
    private ApiClient http;
    private LoggedIn owner;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(folder);
        people = new TestPeople(server);
        http = new ApiClient(server.http("/"), "127.0.0.1");
        owner = people.logIn("Olga");
        people.join(owner, "home", "OWNER");
    }

    @AfterEach
    void stop() throws Exception {
        people.close();
        server.close();
    }

    @Test
    void workspaces_of_other_organisations_are_counted_but_not_named() throws Exception {
        var ann = people.logIn("Ann");
        people.run("INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'acme')");
        people.join(ann, "acme", "OWNER");
        people.join(ann, "home", "OWNER");
        assertThat(send(ann, "POST", "organisations/acme/workspaces", "{\"name\":\"secret\"}"))
                .startsWith("201");
        assertThat(send(ann, "PUT", "workspaces/acme:secret/files/a.txt", "a")).startsWith("201");
        assertThat(send(owner, "PUT", "workspaces/demo/files/a.txt", "a")).startsWith("201");

        var node = nodes(owner).getFirst();
        assertThat(node.get("workspaceCount").getAsInt()).isEqualTo(2);
        assertThat(node.get("workspaces").toString()).isEqualTo("[\"demo\"]");
        assertThat(nodes(ann).getFirst().get("workspaces").toString())
                .isEqualTo("[\"acme:secret\",\"demo\"]");
    }

    @Test
    void a_node_says_whether_it_answers_drains_or_has_ended() throws Exception {
        people.run(
                """
                INSERT INTO nodes (id, process_id, started_at, seen_at, url, secret)
                SELECT gen_random_uuid(), 1, now() - number * interval '1 minute',
                    now() - interval '30 seconds', 'http://10.0.0.7:' || number, sha256('')
                FROM generate_series(1, 120) AS number
                """);
        try (var other = TestServer.startBeside(server)) {
            var address = "http://127.0.0.1:" + other.http("/").getPort();
            Await.await(
                    () -> nodes(owner).stream().anyMatch(node -> isAt(node, address, "active")));
            people.run("UPDATE nodes SET draining_since = now() WHERE url = ?", address);

            var all = nodes(owner);
            assertThat(all).hasSize(102);
            assertThat(all.getFirst().get("url").getAsString())
                    .as("the oldest of the last hundred that have ended")
                    .isEqualTo("http://10.0.0.7:100");
            assertThat(all).filteredOn(node -> isAt(node, address, "draining")).hasSize(1);
            var answering =
                    all.stream().filter(node -> node.get("answering").getAsBoolean()).toList();
            assertThat(answering).hasSize(1);
            assertThat(answering.getFirst().get("state").getAsString()).isEqualTo("active");
            var load = answering.getFirst().getAsJsonObject("load");
            assertThat(load.get("heapLimitBytes").getAsLong()).isPositive();
        }
    }

    private static boolean isAt(JsonObject node, String address, String state) {
        return node.has("url")
                && node.get("url").getAsString().equals(address)
                && node.get("state").getAsString().equals(state);
    }

    private List<JsonObject> nodes(LoggedIn person) {
        var answer = get(person);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        var nodes = JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonArray("nodes");
        return StreamSupport.stream(nodes.spliterator(), false)
                .map(node -> node.getAsJsonObject())
                .toList();
    }

    private ApiClient.Answer get(LoggedIn person) {
        try {
            return http.send("GET", "/api/nodes", cookie(person));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The status and the body.
    private String send(LoggedIn person, String method, String path, String body)
            throws IOException {
        var answer =
                http.send(
                        method,
                        "/api/" + path,
                        body.getBytes(StandardCharsets.UTF_8),
                        cookie(person),
                        method.equals("PUT")
                                ? "If-None-Match: *"
                                : "Content-Type: application/json");
        return answer.status() + " " + answer.body();
    }

    private static String cookie(LoggedIn person) {
        return "Cookie: qide_session=" + person.cookie();
    }
}

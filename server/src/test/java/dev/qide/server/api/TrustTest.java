package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trust in a workspace, given and withdrawn by its owner, on a whole server with raw HTTP.
class TrustTest {
    private static final String TRUST = "/api/workspaces/demo/trust";

    @TempDir Path home;

    @Test
    void an_owner_trusts_a_directory_and_not_any_directory_of_that_name() throws Exception {
        var first = Files.createDirectory(home.resolve("first"));
        var second = Files.createDirectory(home.resolve("second"));
        try (var server = TestServer.start(first)) {
            assertThat(isTrusted(server, "demo")).isFalse();
            assertThat(send(server, "PUT", "/api/workspaces/no/trust").status()).isEqualTo(404);
            for (var scope : Scope.values()) {
                if (scope != Scope.ADMIN) {
                    var link = server.linkOf("Bob", scope);
                    var bob = "Authorization: Bearer " + link.substring(link.indexOf('=') + 1);
                    assertThat(http(server).send("PUT", TRUST, bob).status()).isEqualTo(403);
                    assertThat(http(server).send("DELETE", TRUST, bob).status()).isEqualTo(403);
                }
            }
            assertThat(send(server, "DELETE", TRUST).status()).isEqualTo(204);
            assertThat(isTrusted(server, "demo")).isFalse();
            assertThat(send(server, "PUT", TRUST).status()).isEqualTo(204);
            assertThat(send(server, "PUT", TRUST).status()).isEqualTo(204);
            assertThat(isTrusted(server, "demo")).isTrue();

            server.end();
            server.begin(second, Set.of());
            assertThat(isTrusted(server, "demo")).isFalse();
            server.end();
            server.begin(first, Set.of());
            assertThat(isTrusted(server, "demo")).isTrue();
            assertThat(send(server, "DELETE", TRUST).status()).isEqualTo(204);
            assertThat(isTrusted(server, "demo")).isFalse();

            server.end();
            server.begin(first, Set.of("demo"));
            assertThat(listed(server, "demo").toString())
                    .isEqualTo(
                            "{\"name\":\"demo\",\"role\":\"owner\",\"managed\":false,\"trusted\":true,\"trustedAtStart\":true,\"terminals\":false}");
            var refused = send(server, "DELETE", TRUST);
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.body()).contains("trust-given-at-start");
        }
    }

    @Test
    void a_workspace_that_is_created_again_is_not_trusted() throws Exception {
        try (var server = TestServer.start(Files.createDirectory(home.resolve("given")))) {
            make(server);
            assertThat(send(server, "PUT", "/api/workspaces/mine/trust").status()).isEqualTo(204);
            assertThat(isTrusted(server, "mine")).isTrue();
            assertThat(send(server, "DELETE", "/api/workspaces/mine").status()).isEqualTo(204);
            make(server);
            assertThat(isTrusted(server, "mine")).isFalse();

            // A workspace created later under a name in --trust is not trusted either.
            assertThat(send(server, "DELETE", "/api/workspaces/mine").status()).isEqualTo(204);
            server.end();
            server.begin(home.resolve("given"), Set.of("mine"));
            make(server);
            assertThat(isTrusted(server, "mine")).isFalse();
        }
    }

    @Test
    void trust_that_is_given_and_withdrawn_concurrently_equals_the_database() throws Exception {
        try (var server = TestServer.start(Files.createDirectory(home.resolve("given")));
                var both = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 60; i++) {
                var given = both.submit(() -> send(server, "PUT", TRUST).status());
                var withdrawn = both.submit(() -> send(server, "DELETE", TRUST).status());
                assertThat(given.get()).isEqualTo(204);
                assertThat(withdrawn.get()).isEqualTo(204);
                assertThat(isTrusted(server, "demo")).isEqualTo(isRecorded(server));
            }
        }
    }

    private static boolean isRecorded(TestServer server) {
        return server.database().count("SELECT count(*) FROM trusts") > 0;
    }

    private static void make(TestServer server) throws IOException {
        var body = "{\"name\":\"mine\"}".getBytes(StandardCharsets.UTF_8);
        var made =
                http(server)
                        .send(
                                "POST",
                                "/api/workspaces",
                                body,
                                "Authorization: Bearer " + server.token(),
                                "Content-Type: application/json");
        assertThat(made.status()).isEqualTo(201);
    }

    private static boolean isTrusted(TestServer server, String workspace) throws IOException {
        return listed(server, workspace).get("trusted").getAsBoolean();
    }

    private static JsonObject listed(TestServer server, String workspace) throws IOException {
        var all = JsonParser.parseString(send(server, "GET", "/api/workspaces").body());
        for (var one : all.getAsJsonObject().getAsJsonArray("workspaces")) {
            if (one.getAsJsonObject().get("name").getAsString().equals(workspace)) {
                return one.getAsJsonObject();
            }
        }
        throw new AssertionError("there is no " + workspace + " in " + all);
    }

    private static ApiClient http(TestServer server) {
        return new ApiClient(server.http("/"), "127.0.0.1");
    }

    private static ApiClient.Answer send(TestServer server, String method, String path)
            throws IOException {
        return http(server).send(method, path, "Authorization: Bearer " + server.token());
    }
}

package dev.qide.server.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FreePort;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A login at Keycloak from its published distribution, `org.keycloak:keycloak-quarkus-dist:zip`,
/// which the property `keycloak` names: `-Dkeycloak=keycloak-quarkus-dist-26.4.0.zip`. Its client
/// requires PKCE with S256.
@EnabledIfSystemProperty(named = "keycloak", matches = ".+")
class KeycloakTest {
    private static final Duration START = Duration.ofMinutes(4);
    private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");

    @TempDir Path folder;

    @Test
    void a_person_logs_in_with_keycloak() throws Exception {
        int port = FreePort.next();
        int keycloakPort = FreePort.next();
        var realm = "http://127.0.0.1:" + keycloakPort + "/realms/qide";
        var keycloak = start(keycloakPort, port);
        try {
            awaitRealm(realm, keycloak);
            Files.writeString(folder.resolve("keycloak.secret"), "keycloak's secret");
            var file =
                    Files.writeString(
                            folder.resolve("login.json"),
                            """
                            [{"id":"keycloak","kind":"oidc","issuer":"%s","clientId":"qide",
                              "clientSecretFile":"keycloak.secret",
                              "admit":{"domains":["example.org"]},"role":"editor"}]
                            """
                                    .formatted(realm));
            var workspace = Files.createDirectories(folder.resolve("workspace"));
            try (var server = TestServer.startWithLogin(workspace, port, file);
                    var browser = new WebBrowser()) {
                var form = browser.open(server.http("/auth/keycloak"));
                var action = ACTION.matcher(form.body());
                assertThat(action.find()).as(form.body()).isTrue();
                var answer =
                        browser.post(
                                URI.create(action.group(1).replace("&amp;", "&")),
                                "application/x-www-form-urlencoded",
                                "username=ann&password=secret&credentialId=");
                var callback = answer.headers().firstValue("Location");
                assertThat(callback).as(answer.body()).isPresent();
                var home = browser.open(URI.create(callback.orElseThrow()));

                assertThat(home.uri()).as(home.body()).isEqualTo(server.http("/"));
                assertThat(browser.once(server.http("/api/me")).body())
                        .contains("Ann Example", "\"role\":\"editor\"");
            }
        } finally {
            keycloak.descendants().forEach(ProcessHandle::destroyForcibly);
            keycloak.destroyForcibly();
            keycloak.waitFor();
        }
    }

    private Process start(int keycloakPort, int port) throws IOException {
        var home = unpacked(Path.of(System.getProperty("keycloak")));
        Files.writeString(
                Files.createDirectories(home.resolve("data/import")).resolve("qide-realm.json"),
                """
                {"realm":"qide","enabled":true,"sslRequired":"none",
                 "clients":[{"clientId":"qide","enabled":true,"publicClient":false,
                   "secret":"keycloak's secret","standardFlowEnabled":true,
                   "redirectUris":["http://127.0.0.1:%d/auth/keycloak/callback"],
                   "attributes":{"pkce.code.challenge.method":"S256"}}],
                 "users":[{"username":"ann","enabled":true,"email":"ann@example.org",
                   "emailVerified":true,"firstName":"Ann","lastName":"Example",
                   "credentials":[{"type":"password","value":"secret","temporary":false}]}]}
                """
                        .formatted(port));
        var builder =
                new ProcessBuilder(
                                List.of(
                                        "bash",
                                        home.resolve("bin/kc.sh").toString(),
                                        "start-dev",
                                        "--import-realm",
                                        "--http-host=127.0.0.1",
                                        "--http-port=" + keycloakPort))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("keycloak.log").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private Path unpacked(Path distribution) throws IOException {
        try (var zip = new ZipFile(distribution.toFile())) {
            for (var entry : zip.stream().toList()) {
                var target = folder.resolve(entry.getName()).normalize();
                assertThat(target.startsWith(folder)).as(entry.getName()).isTrue();
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(zip.getInputStream(entry), target);
                }
            }
        }
        try (var all = Files.list(folder)) {
            return all.filter(one -> Files.exists(one.resolve("bin/kc.sh")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void awaitRealm(String realm, Process keycloak) throws Exception {
        var discovery =
                HttpRequest.newBuilder(URI.create(realm + "/.well-known/openid-configuration"))
                        .build();
        long end = System.nanoTime() + START.toNanos();
        try (var http = HttpClient.newHttpClient()) {
            while (statusOf(http, discovery) != 200) {
                assertThat(keycloak.isAlive() && System.nanoTime() - end < 0)
                        .as(Files.readString(folder.resolve("keycloak.log")))
                        .isTrue();
                var _ = keycloak.waitFor(200, TimeUnit.MILLISECONDS);
            }
        }
    }

    private static int statusOf(HttpClient http, HttpRequest request)
            throws IOException, InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (ConnectException _) {
            return 0;
        }
    }
}

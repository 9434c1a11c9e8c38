package dev.qide.server.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.qide.server.FreePort;
import dev.qide.server.NodeProject;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Logins by providers in a real Chromium, on a desk and on a phone: npm's OpenID provider, which
/// requires PKCE, and a server shaped like GitHub. Skipped with a notice without a Chromium.
///
/// Runs beside the journeys of `BrowserTest`, since it mostly waits.
@Execution(ExecutionMode.CONCURRENT)
class LoginBrowserTest {
    private static final long SCRIPT_SECONDS = 240;
    private static final String NPM_SECRET = "npm's secret";

    @TempDir Path folder;

    @Test
    void people_log_in_by_providers_and_manage_their_accounts() throws Exception {
        var chromium = chromium();
        if (chromium == null) {
            System.err.println("LoginBrowserTest is skipped: install chromium.");
        }
        assumeTrue(chromium != null);
        int port = FreePort.next();
        var issuer = issuer("http://127.0.0.1:" + port + "/auth/npm/callback");
        try (var github = new GithubDouble()) {
            var url = issuer.inputReader(StandardCharsets.UTF_8).readLine();
            Files.writeString(folder.resolve("npm.secret"), NPM_SECRET);
            Files.writeString(folder.resolve("github.secret"), GithubDouble.SECRET);
            var file =
                    Files.writeString(
                            folder.resolve("login.json"),
                            """
                            [{"id":"npm","kind":"oidc","issuer":"%s","clientId":"qide",
                              "clientSecretFile":"npm.secret","admit":"everybody","role":"editor"},
                             {"id":"github","kind":"github","clientId":"%s","url":"%s","apiUrl":"%s",
                              "clientSecretFile":"github.secret","admit":"everybody","role":"owner"}]
                            """
                                    .formatted(
                                            url, GithubDouble.CLIENT, github.url(), github.url()));
            var workspace = Files.createDirectories(folder.resolve("workspace"));
            Files.writeString(workspace.resolve("main.py"), "print('hello')\n");
            try (var server = TestServer.startWithLogin(workspace, port, file)) {
                run(server, String.valueOf(chromium));
            }
        } finally {
            issuer.destroyForcibly();
            issuer.waitFor();
        }
    }

    private static Process issuer(String redirect) throws Exception {
        var script = NodeProject.installed("login").folder().resolve("issuer.mjs");
        return new ProcessBuilder(
                        List.of(
                                "node",
                                script.toString(),
                                "--redirect",
                                redirect,
                                "--client",
                                "qide",
                                "--secret",
                                NPM_SECRET))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void run(TestServer server, String chromium)
            throws IOException, InterruptedException {
        var script =
                Path.of(System.getProperty("basedir", "."), "../web-client/test/browser/login.mjs")
                        .toAbsolutePath()
                        .normalize();
        var builder =
                new ProcessBuilder("node", script.toString(), "--oidc", "npm", "--github", "github")
                        .redirectErrorStream(true);
        builder.environment().put("QIDE_URL", server.http("/").toString());
        builder.environment().put("QIDE_CHROMIUM", chromium);
        var process = builder.start();
        try {
            var lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
            assertThat(process.waitFor(SCRIPT_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(lines).noneMatch(line -> line.contains("\"ok\":false"));
            assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static @Nullable Path chromium() {
        var named = System.getenv("QIDE_CHROMIUM");
        if (named != null) {
            return Path.of(named);
        }
        var path = System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(path.split(":", -1))
                .flatMap(directory ->
                        Stream.of("chromium", "chromium-browser", "google-chrome")
                                .map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }
}

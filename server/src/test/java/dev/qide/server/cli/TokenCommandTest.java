package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `token create`, `list` and `revoke` as processes, on the embedded database of a data directory,
/// with and without a running server.
class TokenCommandTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();

    @Test
    void tokens_are_created_and_revoked_with_and_without_a_running_server() throws Exception {
        var before = created("--scope", "read", "--name", "Vera");
        assertThat(Files.exists(data().resolve("token"))).as("nobody has served yet").isFalse();

        // Commands run one after the other, and a server that starts meanwhile waits.
        var one = start("token", "create", "--scope", "ai");
        var other = start("token", "create", "--scope", "ai");
        var server = start("serve", "--port", "0");
        var url = url(server);
        assertThat(ended(one).out()).isNotEqualTo(ended(other).out()).hasLineCount(1);
        var during = created("--scope", "edit,ai", "--expires", "2");
        assertThat(me(url, before)).startsWith("200").contains("Vera", "\"viewer\"", "\"read\"");
        assertThat(me(url, during)).startsWith("200").contains("\"editor\"", "\"ai\",\"edit\"");
        var list = run("token", "list").out();
        assertThat(list.lines().toList()).hasSize(5);
        assertThat(list)
                .contains("Vera", "viewer", "read", "never", "edit,ai", "valid")
                .doesNotContain(before)
                .doesNotContain(during);

        try (var client =
                TestClient.connect(URI.create(url.replace("http", "ws") + "/ws/sample"), before)) {
            client.initialize(null);
            assertThat(run("token", "revoke", idOf("Vera", list)).out()).isEmpty();
            long revoked = System.nanoTime();
            assertThat(client.closeCode()).isEqualTo(4401);
            assertThat(Duration.ofNanos(System.nanoTime() - revoked))
                    .as("after the command had ended")
                    .isLessThan(Duration.ofSeconds(10));
        }
        assertThat(me(url, before)).startsWith("401");
        assertThat(me(url, during)).startsWith("200");

        server.toHandle().destroy();
        var _ = CommandProcesses.awaitEnd(server);
        var after = run("token", "list").out();
        assertThat(after.lines().filter(line -> line.contains("Vera")).toList())
                .singleElement()
                .asString()
                .endsWith("revoked");
        assertNothingIsLeftBehind(before, during);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    2 | --scope                | token create
                    2 | token                  | token
                    2 | ID                     | token revoke
                    2 | x                      | token revoke x
                    1 | --scope must be one of | token create --scope write
                    1 | the scope admin        | token create --scope edit --role owner
                    1 | --role must be one of  | token create --scope edit --role king
                    1 | from 1 to 3650 days    | token create --scope edit --expires 0
                    1 | QIDE_DATABASE_URL      | token list url
                    1 | data directory with    | token list
                    1 | data directory with    | token revoke 6b0f7c1e-6f3a-4c55-9d0e-0d9c1c1d3a10
                    """)
    void wrong_usage_is_a_sentence_and_starts_no_database(
            int exitCode, String sentence, String line) throws Exception {
        boolean isWrongUrl = line.endsWith(" url");
        var arguments = line.replace(" url", "").split(" ");
        var ended =
                ended(
                        isWrongUrl
                                ? startWith("QIDE_DATABASE_URL", "mysql://x", arguments)
                                : start(arguments));

        assertThat(ended.exitCode()).isEqualTo(exitCode);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.error()).contains(sentence).doesNotContain("\tat ");
        assertThat(Files.exists(data())).isFalse();
    }

    private record Ended(int exitCode, String out, String error) {}

    private String created(String... options) throws Exception {
        var arguments = new ArrayList<>(List.of("token", "create"));
        arguments.addAll(List.of(options));
        var out = run(arguments.toArray(String[]::new)).out();
        assertThat(out).as("stdout").matches("[\\w-]{43}\n");
        return out.strip();
    }

    private Ended run(String... arguments) throws Exception {
        var ended = ended(start(arguments));
        assertThat(ended.exitCode()).as(ended.error()).isZero();
        return ended;
    }

    private Ended ended(Process process) throws Exception {
        var out = CommandProcesses.awaitEnd(process);
        return new Ended(process.exitValue(), out, log());
    }

    private Process start(String... arguments) throws IOException {
        return startWith("QIDE_LOG_LEVEL", "DEBUG", arguments);
    }

    private Process startWith(String variable, String value, String... arguments)
            throws IOException {
        var all = new ArrayList<>(List.of(arguments));
        if (arguments.length > 1) {
            all.addAll(List.of("--data", data().toString()));
        }
        return processes.start(folder.resolve("stderr"), Map.of(variable, value), all);
    }

    private Path data() {
        return folder.resolve("data");
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("stderr"));
    }

    private static String url(Process server) throws Exception {
        var ready = CommandProcesses.awaitReady(server);
        return ready.substring(ready.indexOf("http"), ready.indexOf("/#"));
    }

    private static String me(String url, String token) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(url + "/api/me"))
                        .header("Authorization", "Bearer " + token)
                        .build();
        var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    private static String idOf(String name, String list) {
        return list.lines()
                .filter(line -> line.contains(name))
                .findFirst()
                .orElseThrow()
                .split(" ", 2)[0];
    }

    /// No token is in a log or elsewhere in the data directory, and no database still runs.
    private void assertNothingIsLeftBehind(String... tokens) throws IOException {
        assertThat(log()).doesNotContain(tokens);
        assertThat(Files.readString(data().resolve("logs/qide.json"))).doesNotContain(tokens);
        assertThat(data().resolve("postgresql/cluster/postmaster.pid")).doesNotExist();
    }
}

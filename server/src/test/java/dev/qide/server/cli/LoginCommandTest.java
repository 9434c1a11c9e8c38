package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.qide.server.Await;
import dev.qide.server.ChildJvm;
import dev.qide.server.TestPeople;
import dev.qide.server.TestServer;
import dev.qide.server.cli.credentials.SavedLogins;
import dev.qide.server.cli.credentials.ServerAddress;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.secrets.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `qide login` and `logout` in processes of their own, and `qide lsp` with the saved login.
class LoginCommandTest {
    private static final Pattern PAGE = Pattern.compile("http://\\S+/oct/login\\?token=([\\w-]+)");

    @TempDir static Path shared;
    private static TestServer server;

    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();
    private Map<String, String> environment = Map.of();
    private int runs;

    /// How a command has ended.
    private record Ended(int exitCode, String out, String err) {}

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(Files.createDirectory(shared.resolve("workspace")));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void isolate() {
        environment =
                Map.of(
                        "XDG_CONFIG_HOME", folder.resolve("config").toString(),
                        "XDG_CACHE_HOME", folder.resolve("cache").toString(),
                        "XDG_DATA_HOME", folder.resolve("data").toString());
    }

    @Test
    void a_token_from_stdin_is_kept_for_lsp_until_it_is_revoked_or_forgotten() throws Exception {
        assertThat(lsp().err()).isEqualTo(notLoggedIn());

        var token = server.tokenOf("Ann", Scope.EDIT);
        var login = run(token + "\n", "login", "--url", url(), "--token-stdin");
        assertThat(login.err()).isEmpty();
        assertThat(login.out()).contains("Logged in to " + url() + " as Ann.");
        assertThat(login.exitCode()).isZero();
        requireServed();

        server.revoke("Ann");
        Await.await(() -> status(token) == HttpURLConnection.HTTP_UNAUTHORIZED);
        var revoked = lsp();
        assertThat(revoked.exitCode()).isEqualTo(QideCommand.REFUSED);
        assertThat(revoked.err())
                .isEqualTo(
                        "qide: Your login at %s has expired or was revoked: run `qide login --url %s`.\n"
                                .formatted(url(), url()));

        assertThat(run("", "logout", "--url", url()).out()).contains("Logged out of " + url());
        assertThat(lsp().err()).isEqualTo(notLoggedIn());
        assertThat(run("", "logout", "--url", url()).err()).contains("You are not logged in to");
    }

    private static int status(String token) {
        var request =
                HttpRequest.newBuilder(URI.create(url() + "/api/me"))
                        .header("Authorization", "Bearer " + token)
                        .build();
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void an_explicit_token_wins() throws Exception {
        assertThat(run(server.link(), "login", "--url", url(), "--token-stdin").exitCode())
                .isZero();
        environment = with("QIDE_TOKEN", "wrong");
        assertThat(lsp().err()).contains("rejected the token in QIDE_TOKEN");

        var file = Files.writeString(folder.resolve("token"), "wrong");
        environment = with("QIDE_TOKEN", server.token());
        requireServed();
        assertThat(lsp("--token-file", file.toString()).err())
                .contains("rejected the token in " + file);
    }

    @Test
    void a_login_that_fails_changes_nothing_and_says_what_to_do() throws Exception {
        check("rejected the token", "wrong\n", url());
        check("rejected the token", "no token at all\nbut a text\n", url());
        check("There is no token on stdin", "", url());
        check("must be the address of a server", "x", "gopher://a");
        check("is it running?", "x", "http://127.0.0.1:1");
        var other =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(404, -1);
                    exchange.close();
                });
        other.start();
        var url = "http://127.0.0.1:" + other.getAddress().getPort();
        try {
            check("answers 404, unlike this version of Q-IDE", "x", url);
            var inBrowser = run("", "login", "--url", url);
            assertThat(inBrowser.err()).contains("answers 404, unlike this version of Q-IDE");
        } finally {
            other.stop(0);
        }
        assertThat(logins().file()).doesNotExist();
    }

    @Test
    void a_file_that_others_can_read_stops_lsp_and_login() throws Exception {
        logins().put(ServerAddress.of(url()), Secret.of(server.token()), "Ann");
        Files.setPosixFilePermissions(
                logins().file(), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(lsp().err()).contains("chmod 600 " + logins().file());
        check("chmod 600 " + logins().file(), server.token(), url());
    }

    @Test
    void two_logins_at_once_are_both_kept() throws Exception {
        var addresses = List.of(url(), url().replace("127.0.0.1", "localhost"));
        var started = new ArrayList<Process>();
        for (var address : addresses) {
            started.add(start(server.token(), "login", "--url", address, "--token-stdin"));
        }
        for (var process : started) {
            assertThat(CommandProcesses.awaitEnd(process)).contains("Logged in");
        }
        for (var address : addresses) {
            assertThat(logins().find(ServerAddress.of(address)))
                    .isEqualTo(Secret.of(server.token()));
        }
    }

    @Test
    void a_person_allows_the_login_on_a_page_of_the_server() throws Exception {
        var err = new ByteArrayOutputStream();
        var out = new ByteArrayOutputStream();
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(environment),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        var line = List.of("login", "--url", url());
        try (var people = new TestPeople(server)) {
            var ann = people.logIn("Ann");
            people.join(ann, "home", "EDITOR");
            var exitCode =
                    CompletableFuture.supplyAsync(() -> QideCommand.runClient(line, context));
            Await.await(() -> PAGE.matcher(err.toString(StandardCharsets.UTF_8)).find());

            allow(err.toString(StandardCharsets.UTF_8), ann);

            assertThat(exitCode.get(60, TimeUnit.SECONDS)).isZero();
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("Logged in to", "as Ann.");
        assertThat(logins().find(ServerAddress.of(url()))).isNotNull();
        requireServed();
    }

    /// What a browser sends in which the person is logged in.
    private static void allow(String printed, TestPeople.LoggedIn person) throws Exception {
        var page = PAGE.matcher(printed);
        assertThat(page.find()).isTrue();
        var form = "token=%s&csrf=%s".formatted(page.group(1), Identity.csrfToken(person.cookie()));
        var request =
                HttpRequest.newBuilder(URI.create(url() + "/oct/login"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Cookie", "qide_session=" + person.cookie())
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build();
        try (var http = HttpClient.newHttpClient()) {
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).contains("Return to your terminal");
        }
    }

    private void check(String sentence, String input, String url) throws Exception {
        var ended = run(input, "login", "--url", url, "--token-stdin");
        assertThat(ended.err()).startsWith("qide: ").contains(sentence);
        assertThat(ended.err().lines()).hasSize(1);
        assertThat(ended.exitCode()).isEqualTo(QideCommand.REFUSED);
        assertThat(ended.out()).isEmpty();
    }

    /// `qide lsp` connects, and an editor gets answers.
    private void requireServed() throws Exception {
        var process = start(Redirect.PIPE, "lsp", TestServer.WORKSPACE, "--url", url());
        try (var editor = StdioEditor.of(process)) {
            editor.initialize("{}");
            editor.exit();
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    /// `qide lsp` without an editor.
    private Ended lsp(String... options) throws Exception {
        var line = new ArrayList<>(List.of("lsp", TestServer.WORKSPACE, "--url", url()));
        line.addAll(List.of(options));
        return run("", line.toArray(String[]::new));
    }

    private Ended run(String input, String... line) throws Exception {
        var process = start(input, line);
        var out = CommandProcesses.awaitEnd(process);
        return new Ended(
                process.exitValue(), out, Files.readString(folder.resolve("stderr" + runs)));
    }

    private Process start(String input, String... line) throws IOException {
        var file = Files.writeString(folder.resolve("stdin" + runs), input);
        return start(Redirect.from(file.toFile()), line);
    }

    private Process start(Redirect input, String... line) throws IOException {
        runs++;
        var command =
                new ArrayList<>(
                        List.of(
                                ChildJvm.java(),
                                "-cp",
                                ChildJvm.classPath(),
                                "dev.qide.server.ClientMain"));
        command.addAll(List.of(line));
        return processes.start(folder.resolve("stderr" + runs), environment, input, command);
    }

    private Map<String, String> with(String name, String value) {
        var changed = new HashMap<>(environment);
        changed.put(name, value);
        return Map.copyOf(changed);
    }

    private static String notLoggedIn() {
        return "qide: You are not logged in to %s: run `qide login --url %s`.\n"
                .formatted(url(), url());
    }

    private SavedLogins logins() {
        return new SavedLogins(
                Path.of(Objects.requireNonNull(environment.get("XDG_CONFIG_HOME")), "qide"));
    }

    private static String url() {
        return ServerAddress.of(server.http("").toString()).toString();
    }
}

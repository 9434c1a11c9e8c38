package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.telemetry.ErrorReports;
import dev.qide.server.telemetry.SentrySink;
import dev.qide.server.terminal.TerminalAccess;
import dev.qide.server.terminal.TerminalSupport;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The browser IDE in a real Chromium on a real server: each journey is a script under
/// `web-client/test/browser`, which prints one line per check and fails if a check fails.
///
/// Without a Chromium (`QIDE_CHROMIUM` or on the PATH) these tests are skipped with a notice; if
/// `QIDE_BROWSER_REQUIRED` is set they fail instead.
///
/// Two journeys run at a time, each with its own server and browser, since they mostly wait.
@Execution(ExecutionMode.CONCURRENT)
class BrowserTest {
    private static final Duration SCRIPT_LIMIT = Duration.ofMinutes(10);

    @TempDir Path workspace;

    private static final int REPORTS_OF_A_PAGE = 20;

    @BeforeAll
    static void findChromium() {
        BrowserScript.requireChromium();
    }

    @Test
    void language_features_and_ghost_text_reach_the_editor() throws Exception {
        try (var model = new ScriptedProvider();
                var server = TestServer.startWithModel(copied(), model.url())) {
            var works = ProviderScript.saying("ghost", "_text", "()");
            var fails = ProviderScript.saying("").failing(503);
            model.play(works);
            run(
                    server,
                    List.of("language.mjs", "--ghost", "ghost_text()"),
                    script -> {
                        script.on("model-fails", () -> model.play(fails), "failing");
                        script.on(
                                "model-was-asked-again",
                                () -> Await.await(() -> model.calls().size() > 2),
                                "asked");
                        script.on("model-works", () -> model.play(works), "working");
                    });

            Await.await(
                    "the page reports what was accepted",
                    Duration.ofSeconds(30),
                    () ->
                            scraped(server)
                                    .contains(
                                            "qide_ai_completions_accepted_total{model=\"scripted\",} 1.0"));
        }
    }

    private static String scraped(TestServer server) {
        try {
            return server.scrape();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void a_person_works_in_a_terminal() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(server, List.of("terminal.mjs", "--without"), _ -> {});
            server.end();
            server.begin(TerminalAccess.OWNERS);
            TerminalSupport.require(server);
            run(server, List.of("terminal.mjs"), _ -> {});
        }
    }

    /// A sample of `ops/parity/page.mjs`: the CSS server.
    @Test
    void the_page_has_what_a_language_server_answers(@TempDir Path results) throws Exception {
        var parity = NodeProject.ofOps("parity");
        var json = results.resolve("page.json");
        try (var server = TestServer.start(workspace)) {
            parity.run(
                    SCRIPT_LIMIT.toSeconds(),
                    "page.mjs",
                    "--only=css",
                    "--places=2",
                    "--quiet=2000",
                    "--server=" + server.link(),
                    "--directory=" + workspace,
                    "--json=" + json);
        }
        var report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();

        // The script fails if one of them is lost, or names a command that the page does not have.
        assertThat(report.getAsJsonArray("results")).hasSizeGreaterThan(40);
        assertThat(report.getAsJsonArray("commands").toString()).contains("_css.applyCodeAction");
    }

    @Test
    void errors_are_reported_without_content_if_a_sentry_server_is_set() throws Exception {
        try (var sink = new SentrySink();
                var server = TestServer.start(copied())) {
            run(server, List.of("errors.mjs"), _ -> {});
            assertThat(sink.bodies).isEmpty();

            server.end();
            server.begin(new ErrorReports.Settings(sink.dsn(), "it's a \"test\"", "1.2"));
            run(
                    server,
                    List.of("errors.mjs", "--destination", sink.origin()),
                    script -> {
                        script.on(
                                "two-thrown",
                                () ->
                                        Await.await(() ->
                                                has(sink, "TypeError") && has(sink, "RangeError")),
                                "two-reported");
                        script.on(
                                "flood-thrown",
                                () -> Await.await(() -> sink.events.size() >= REPORTS_OF_A_PAGE),
                                "bound-reached");
                    });

            var events = List.copyOf(sink.events);
            assertThat(events).hasSize(REPORTS_OF_A_PAGE);
            assertThat(events.toString()).contains("\"filename\":\"page\"");
            assertThat(sink.bodies)
                    .allMatch(body -> body.contains("\"infer_ip\":\"never\""))
                    .noneMatch(body -> body.contains("npm:@sentry"));
            for (var event : events) {
                assertThat(event.get("release").getAsString()).isEqualTo("qide@1.2");
                assertThat(event.get("environment").getAsString()).isEqualTo("it's a \"test\"");
            }
            var secret = server.token();
            assertThat(sink.bodies)
                    .noneMatch(body -> body.contains("confidential"))
                    .noneMatch(body -> body.contains(secret) || body.contains("#token"))
                    .noneMatch(body ->
                            body.contains("workspace=")
                                    || body.contains("127.0.0.1:" + server.http("/").getPort()));
            assertThat(sink.referers).allMatch(referer -> referer.matches("null|http://[^/?#]*/"));
        }
    }

    @Test
    void two_windows_share_one_text_and_undo_only_their_own() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(server, List.of("together.mjs"), _ -> {});
        }
    }

    @Test
    void no_edit_is_lost_during_a_restart() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(
                    server,
                    List.of("restart.mjs"),
                    script -> {
                        script.on("stop-server", server::end, "stopped");
                        script.on("start-server", () -> begin(server), "started");
                    });
        }
    }

    @Test
    void typed_text_reaches_the_disk_and_changes_by_tools_are_merged() throws Exception {
        var folder = copied();
        var file = folder.resolve("README.md");
        try (var server = TestServer.start(folder)) {
            run(
                    server,
                    List.of("disk.mjs", "--file", file.toString()),
                    script -> {
                        script.on("change-file", () -> change(file), "changed");
                        script.on("delete-file", () -> delete(file), "deleted");
                    });
        }
    }

    @Test
    void a_renamed_file_is_followed_and_a_large_one_is_shown_read_only() throws Exception {
        var folder = copied();
        Files.writeString(folder.resolve("large.txt"), "a line of a large file\n".repeat(240_000));
        try (var server = TestServer.start(folder)) {
            run(server, List.of("tree.mjs", "--folder", folder.toString()), _ -> {});
        }
    }

    @Test
    void files_are_created_moved_deleted_transferred_and_searched_on_the_page() throws Exception {
        var folder = copied();
        try (var server = TestServer.start(folder)) {
            run(server, List.of("files.mjs", "--folder", folder.toString()), _ -> {});
        }
    }

    @Test
    void everyday_editing_works_as_in_vs_code() throws Exception {
        var folder = copied();
        try (var server = TestServer.start(folder)) {
            run(server, List.of("editing.mjs", "--folder", folder.toString()), _ -> {});
        }
    }

    @Test
    void what_language_servers_leave_to_their_editor_is_done() throws Exception {
        var folder = copied();
        try (var server = TestServer.start(folder)) {
            run(server, List.of("commands.mjs", "--folder", folder.toString()), _ -> {});
        }
    }

    @Test
    void the_workbench_has_what_a_person_knows_from_vs_code() throws Exception {
        var folder = copied();
        try (var server = TestServer.start(folder)) {
            var other = server.linkOf("Bob", Scope.EDIT);
            run(
                    server,
                    List.of("workbench.mjs", "--folder", folder.toString(), "--person", other),
                    _ -> {});
        }
    }

    @Test
    void replacing_moving_previews_and_branches_work_as_in_vs_code() throws Exception {
        var folder = copied();
        try (var server = TestServer.start(folder)) {
            run(server, List.of("everyday.mjs", "--folder", folder.toString()), _ -> {});
        }
    }

    @Test
    void workspaces_are_created_trusted_and_deleted_on_the_page() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(server, List.of("workspaces.mjs"), _ -> {});
        }
    }

    @Test
    void windows_and_stock_providers_edit_one_text_and_see_each_other() throws Exception {
        var folder = copied();
        try (var server = TestServer.start(folder)) {
            var file = folder.resolve("src/shapes.py").toString();
            var script = new ArrayList<>(List.of("everybody.mjs", "--file", file));
            for (var name : List.of("Ann Lee", "Bob", "Cem Yılmaz", "Dora")) {
                script.addAll(List.of("--person", server.linkOf(name, Scope.EDIT)));
            }
            run(server, script, _ -> {});
        }
    }

    @Test
    void a_viewer_watches_and_cannot_edit() throws Exception {
        try (var server = TestServer.start(copied())) {
            var viewer = server.linkOf("Vera", Scope.READ);
            run(server, List.of("viewer.mjs", "--viewer", viewer), _ -> {});
        }
    }

    @Test
    void a_role_that_changes_makes_an_open_editor_read_only_and_writable_again() throws Exception {
        runWithRole("role.mjs");
    }

    @Test
    void edits_refused_for_a_lost_role_survive_closing_their_file() throws Exception {
        runWithRole("refused.mjs");
    }

    /// Runs a script whose person loses the role of an editor, and gets it back.
    private void runWithRole(String name) throws Exception {
        try (var server = TestServer.start(copied());
                var people = new TestPeople(server)) {
            var vera = people.logIn("Vera");
            people.join(vera, "home", "EDITOR");
            run(
                    server,
                    List.of(name, "--cookie", vera.cookie()),
                    script -> {
                        script.on("demote", () -> setRole(people, vera, "VIEWER"), "demoted");
                        script.on("promote", () -> setRole(people, vera, "EDITOR"), "promoted");
                    });
        }
    }

    @Test
    void an_owner_manages_the_members_of_an_organisation(@TempDir Path settings) throws Exception {
        // Nobody logs in by the provider here.
        Files.writeString(settings.resolve("github.secret"), "secret");
        var logins =
                Files.writeString(
                        settings.resolve("login.json"),
                        """
                        [{"id":"github","kind":"github","clientId":"c","clientSecretFile":"github.secret",
                          "admit":"invited","role":"viewer"}]
                        """);
        try (var server = TestServer.startWithLogin(copied(), FreePort.next(), logins);
                var people = new TestPeople(server)) {
            var owner = people.logIn("Olga");
            people.join(owner, "home", "OWNER");
            var member = people.logIn("Max");
            people.join(member, "home", "EDITOR");
            run(
                    server,
                    List.of(
                            "organisations.mjs",
                            "--owner",
                            owner.cookie(),
                            "--member",
                            member.cookie()),
                    _ -> {});
            people.join(member, "home", "EDITOR");
            haveUsage(people, owner, "near", 40_000);
            haveUsage(people, owner, "far", 15_000);
            haveUsage(people, owner, "tiny", 2_000);
            haveUsage(people, member, "near", 9_000);
            run(
                    server,
                    List.of("usage.mjs", "--owner", owner.cookie(), "--member", member.cookie()),
                    _ -> {});
            run(server, List.of("oct-login.mjs", "--person", member.cookie()), _ -> {});
            take(server);
            try (var draining = TestServer.startBeside(server)) {
                haveNodes(server, draining);
                run(
                        server,
                        List.of(
                                "nodes.mjs",
                                "--owner",
                                owner.cookie(),
                                "--member",
                                member.cookie()),
                        _ -> {});
            }
        }
    }

    /// The server has the lease of its workspace when it has answered a request for a file.
    private static void take(TestServer server) throws Exception {
        var request =
                HttpRequest.newBuilder(server.http("/api/workspaces/demo/files"))
                        .header("Authorization", "Bearer " + server.token())
                        .build();
        try (var http = HttpClient.newHttpClient()) {
            var response = http.send(request, HttpResponse.BodyHandlers.discarding());
            assertThat(response.statusCode()).isEqualTo(200);
        }
    }

    /// One node that drains, and one that has ended.
    private static void haveNodes(TestServer server, TestServer draining) {
        Await.await(() ->
                server.database()
                                .execute(
                                        "UPDATE nodes SET draining_since = now() WHERE url LIKE ?",
                                        "%:" + draining.http("/").getPort())
                        == 1);
        var _ =
                server.database()
                        .execute(
                                """
                                INSERT INTO nodes (id, process_id, started_at, seen_at, url, secret)
                                VALUES (gen_random_uuid(), 1, now() - interval '3 hours',
                                    now() - interval '2 hours', 'http://10.0.0.7:7433', sha256(''))
                                """);
    }

    /// Usage of the last 90 days, a little more each day, at 20 in the currency per million tokens.
    /// On each day four completions were shown and one was accepted.
    private static void haveUsage(
            TestPeople people, TestPeople.LoggedIn person, String model, int tokensPerDay)
            throws SQLException {
        people.run(
                """
                INSERT INTO ai_usage SELECT (now() AT TIME ZONE 'UTC')::date - ago, ?, 'demo', ?,
                    'chat', false, 3, tokens, tokens / 5, tokens * 20, 'home',
                    4, 1
                FROM generate_series(0, 89) AS ago,
                    LATERAL (SELECT (? * (1 + ago % 7) * (100 - ago) / 400)::bigint) AS day (tokens)
                """,
                person.id(), model, tokensPerDay);
    }

    private static void setRole(TestPeople people, TestPeople.LoggedIn person, String role) {
        try {
            people.run("UPDATE memberships SET role = ? WHERE person_id = ?", role, person.id());
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void people_share_links_and_write_to_each_other() throws Exception {
        try (var server = TestServer.start(copied())) {
            var viewer = server.linkOf("Vera", Scope.READ);
            run(server, List.of("people.mjs", "--viewer", viewer), _ -> {});
        }
    }

    @Test
    void the_page_shows_saved_after_the_commit_and_reports_a_silent_database() throws Exception {
        try (var server = TestServer.start(copied());
                var commits = new HeldCommits(server.database())) {
            run(
                    server,
                    List.of("saving.mjs"),
                    script -> {
                        script.on("hold-commits", commits::hold, "held");
                        script.on("release-commits", commits::close, "released");
                        script.on("stop-database", server.database()::goAway, "stopped");
                        script.on("start-database", server.database()::comeBack, "started");
                    });
        }
    }

    @Test
    void the_page_works_below_a_path_prefix_that_a_proxy_strips() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(server, List.of("prefix.mjs"), _ -> {});
        }
    }

    @Test
    void axe_finds_nothing_serious_in_light_dark_desk_and_phone() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(server, List.of("accessibility.mjs"), _ -> {});
        }
    }

    @Test
    void every_control_is_reachable_on_a_phone_and_on_a_wide_screen() throws Exception {
        try (var server = TestServer.start(copied())) {
            run(server, List.of("layout.mjs"), _ -> {});
        }
    }

    @Test
    void a_person_talks_with_a_model_about_the_code() throws Exception {
        var folder = copied();
        Files.writeString(
                folder.resolve("<img src=x onerror=globalThis.wasAttacked=1>.md"), "a name\n");
        var slow = ProviderScript.saying(slowWords()).every(Duration.ofMillis(50));
        var endless = ProviderScript.repeating("slow ", 10_000).every(Duration.ofMillis(50));
        try (var model = new ScriptedProvider();
                var server = TestServer.startWithModels(folder, chatModel(model.url()))) {
            model.play(ProviderScript.saying("An answer.\n\nThe end of the answer."));
            model.playNext(
                    ProviderScript.saying(hostileAnswer().split("(?<=\\G.{7})")),
                    ProviderScript.saying("It has circles."),
                    slow,
                    endless,
                    slow);
            run(server, List.of("chat.mjs"), _ -> {});
        }
    }

    @Test
    void a_person_accepts_parts_of_a_models_change_while_somebody_types() throws Exception {
        try (var model = new ScriptedProvider();
                var server = TestServer.startWithModels(copied(), chatModel(model.url()))) {
            model.play(
                    ProviderScript.saying(
                            """
                            ```python
                            def area_of_all(shapes: list[Circle]) -> float:
                                return min(shape.area() for shape in shapes)
                            ```
                            """));
            model.playNext(
                    ProviderScript.of(
                            List.of(
                                    new Piece.Text("I read the file first."),
                                    new Piece.ToolCall(
                                            "call_1",
                                            "read_file",
                                            "{\"path\":\"src/shapes.py\"}"))),
                    ProviderScript.of(
                            List.of(new Piece.ToolCall("call_2", "propose_edit", threeEdits()))),
                    ProviderScript.saying("Please decide."),
                    ProviderScript.saying(
                            """
                            ```python src/shapes.py
                            @dataclass
                            class Circle:
                                radius: float

                                def area(self) -> float:
                                    return PI * self.radius**2


                            def area_of_all(shapes: list[Circle]) -> float:
                                return max(shape.area() for shape in shapes)
                            ```
                            """));
            var other = server.linkOf("Bob", Scope.EDIT);
            run(server, List.of("chat-edits.mjs", "--other", other), _ -> {});
        }
    }

    /// Three parts of `shapes.py`, far enough apart that each is decided by itself.
    private static String threeEdits() {
        return """
        {"path":"src/shapes.py","edits":[
          {"oldText":"Shapes and their areas.","newText":"Circles and their areas."},
          {"oldText":"3.14159","newText":"math.pi"},
          {"oldText":"return sum(","newText":"return math.fsum("}]}
        """;
    }

    private static String chatModel(String url) {
        return """
        [{"name":"scripted","provider":"anthropic","url":"%s","model":"scripted","purpose":["chat"],"local":true,"price":{"input":3,"output":15}}]
        """
                .formatted(url);
    }

    /// Two seconds of an answer, whose numbers show whether each part is there once.
    private static String[] slowWords() {
        return Stream.concat(
                        IntStream.rangeClosed(1, 40).mapToObj("slow %d "::formatted),
                        Stream.of("\n\nThe end of the answer."))
                .toArray(String[]::new);
    }

    /// An answer with everything that Markdown can turn into markup, and ordinary parts.
    private static String hostileAnswer() {
        return """
        ## A square

        - one <b onclick="globalThis.wasAttacked=1">bold</b>
        - two [link](javascript:globalThis.wasAttacked=1) [other](&#106;avascript:alert(1)) [data](data:text/html,<script>alert(1)</script>)

        | method | cost |
        |---|--:|
        | `area` | <svg class="attack" onload="globalThis.wasAttacked=1"> |

        ```python src/shapes.py" onclick="globalThis.wasAttacked=1
        class Square:
            side: float = 1.0  # </code></pre><script>globalThis.wasAttacked=1</script>
        ```

        <img src=x onerror="globalThis.wasAttacked=1">

        <iframe srcdoc="<script>parent.wasAttacked=1</script>"></iframe> ![image](x" onerror="globalThis.wasAttacked=1) ![far](https://example.com/x.png)

        <script>globalThis.wasAttacked = 1</script>

        [ref]: javascript:globalThis.wasAttacked=1
        [a reference][ref] <javascript:alert(1)> https://example.com/?q="><img src=x onerror=globalThis.wasAttacked=1>
        """;
    }

    private static void begin(TestServer server) {
        try {
            server.begin();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static void change(Path file) {
        try {
            Files.writeString(file, "changed by a tool\n", StandardOpenOption.APPEND);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private Path copied() throws IOException {
        var from = BrowserScript.FOLDER.resolve("workspace");
        try (Stream<Path> all = Files.walk(from)) {
            for (var path : all.toList()) {
                var to = workspace.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(path, to);
                }
            }
        }
        return workspace;
    }

    private static boolean has(SentrySink sink, String type) {
        return sink.events.toString().contains('"' + type + '"');
    }

    private static void run(TestServer server, List<String> script, Consumer<BrowserScript> roles)
            throws Exception {
        BrowserScript.run(server.link(), script, SCRIPT_LIMIT, roles);
    }
}

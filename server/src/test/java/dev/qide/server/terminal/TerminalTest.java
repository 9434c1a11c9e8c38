package dev.qide.server.terminal;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestPeople;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Terminals over the sockets of a whole server, with a real shell in the real sandbox.
class TerminalTest {
    private static final String DEMO = "demo";
    private static final int INVALID_PARAMS = -32602;
    private static final int FORBIDDEN = 1001;
    private static final int SERVICE_RESTART = 1012;
    private static final int TERMINALS_OFF = 1500;
    private static final int TERMINAL_UNKNOWN = 1502;
    private static final int TOO_MANY_TERMINALS = 1503;
    private static final int INPUT_FULL = 1505;

    /// Prints the author; the line that is typed does not have what is printed.
    private static final String FIRST_COMMIT =
            " d=$(mktemp -d) && git init -q $d && cd $d && git commit -q --allow-empty -m one;"
                    + " git --no-pager log --format=aut''hor-%an-%ae-end\n";

    private static final Duration FLOOD = Duration.ofSeconds(5);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path folder;
    private static TestServer server;
    private static int seconds = 31_000;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(folder.resolve("src"));
        Files.writeString(folder.resolve("a-file"), "");
        Files.createSymbolicLink(folder.resolve("out"), Path.of("/etc"));
        server = TestServer.start(folder);
        server.end();
        server.begin(TerminalAccess.EDITORS);
        TerminalSupport.require(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_shell_has_a_prompt_colours_and_a_writable_workspace() throws Exception {
        try (var window = open("Ann")) {
            assertThat(window.shown()).contains("/workspaces/demo");
            window.type("echo $((6*7)); printf '\\e[31mred\\e[0m\\n'\n");
            window.awaitText("42\r\n");
            window.awaitText("\u001b[31mred\u001b[0m");
            window.type("cd src && echo made > made.txt && tput colors\n");
            window.awaitText("256\r\n");
            window.type("echo shell-$SHELL\n");
            window.awaitText("shell-/usr/bin/bash\r\n");
            assertThat(folder.resolve("src/made.txt")).hasContent("made");
            window.type("exit 7\n");

            var exit = window.awaitExit();

            assertThat(exit.get("reason").getAsString()).isEqualTo("exited");
            assertThat(exit.get("exitCode").getAsInt()).isEqualTo(7);
        }
    }

    @Test
    void the_shell_begins_in_the_wanted_folder_and_learns_its_size() throws Exception {
        try (var window = connect("Ann")) {
            var params = TerminalWindow.size();
            params.addProperty("folder", "src");
            params.addProperty("shell", "sh");
            var opened = window.result("qide/terminalOpen", params);
            assertThat(opened.get("shell").getAsString()).isEqualTo("sh");
            window.attach(opened.get("terminal").getAsString(), 0);
            window.type("echo shell-$SHELL; pwd; stty size\n");
            window.awaitText("shell-/usr/bin/sh\r\n");
            window.awaitText("/workspaces/demo/src\r\n");
            window.awaitText("30 100\r\n");
            window.resize(132, 50);
            window.type("stty size\n");
            window.awaitText("50 132\r\n");
        }
    }

    @Test
    void control_c_ends_a_program_and_jobs_have_control() throws Exception {
        try (var window = open("Ann")) {
            // A program that has the terminal answers. A shell script would not do: dash loses the
            // signal while it starts a program.
            window.type("sed -u s/a/begun/\n");
            window.type("a-line\n");
            window.awaitText("begun-line");
            window.interrupt();
            window.type("echo code-$?; tty\n");
            window.awaitText("code-130");
            window.awaitText("/dev/console");
            assertThat(window.shown()).doesNotContain("no job control");
        }
    }

    @Test
    void characters_that_reads_split_arrive_whole() throws Exception {
        try (var window = open("Ann")) {
            window.type("x=$(printf 'é😀%.0s' {1..4000}); printf 'a%s\\nbü\\377c\\n' \"$x\"\n");
            window.awaitText("bü\uFFFDc");
            assertThat(window.shown()).contains("a" + "é😀".repeat(4_000) + "\r\n");
        }
    }

    @Test
    void a_character_whose_input_is_split_arrives_whole() throws Exception {
        try (var window = open("Ann")) {
            window.type("echo 4$((1+1))\uD83D");
            window.type("\uDE00\n");
            window.awaitText("42\uD83D\uDE00\r\n");

            // A client that got no answer sends the first half again.
            var half = window.input(window.typed(), "echo 4$((1+2))\uD83D");
            window.accepted("qide/terminalInput", half);
            window.type("echo 4$((1+2))\uD83D");
            window.type("\uDE00\n");
            window.awaitText("43\uD83D\uDE00\r\n");
        }
    }

    @Test
    void a_client_that_does_not_read_stops_the_program_and_nothing_else() throws Exception {
        try (var window = open("Ann")) {
            window.stopReading();
            window.type("yes\n");
            window.awaitBeyond(TerminalLimits.WINDOW_CHARACTERS - 1);
            long end = System.nanoTime() + FLOOD.toNanos();
            long slowest = 0;
            while (System.nanoTime() - end < 0) {
                long asked = System.nanoTime();
                var _ = window.result("qide/terminalList", new JsonObject());
                slowest = Math.max(slowest, System.nanoTime() - asked);
            }
            assertThat(window.position())
                    .isLessThanOrEqualTo(
                            TerminalLimits.WINDOW_CHARACTERS + TerminalLimits.OUTPUT_CHARACTERS);
            assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(8));
            window.acknowledge();
            window.awaitBeyond(4L * TerminalLimits.WINDOW_CHARACTERS);
            window.interrupt();
            window.type("echo still-$((1+1))\n");
            window.awaitText("still-2");
        }
    }

    @Test
    void input_that_no_program_reads_is_bounded() throws Exception {
        try (var window = open("Ann")) {
            window.type("stty raw -echo; echo begun-$((1+1)); sleep 1000\n");
            window.awaitText("begun-2");
            var text = "x".repeat(TerminalLimits.INPUT_CHARACTERS);
            var answers = new ArrayList<Integer>();
            for (int i = 0; i < 12 && !answers.contains(INPUT_FULL); i++) {
                long at = window.typed() + (long) i * text.length();
                var answer = window.ask("qide/terminalInput", window.input(at, text));
                answers.add(
                        answer.has("error")
                                ? answer.getAsJsonObject("error").get("code").getAsInt()
                                : 0);
            }
            assertThat(answers).startsWith(0).endsWith(INPUT_FULL);
            window.end();
            window.awaitExit();
        }
    }

    @Test
    void what_ignores_the_hang_up_is_killed() throws Exception {
        var marker = marker();
        try (var window = open("Ann")) {
            window.type("trap '' HUP; (setsid sleep " + marker + " &); sleep " + marker + "\n");
            await(() -> isRunning(marker));
            window.end();
            assertThat(window.awaitExit().get("reason").getAsString()).isEqualTo("closed");
            await(() -> !isRunning(marker));
        }
    }

    @Test
    void a_fork_bomb_is_bounded_and_harms_its_terminal_only() throws Exception {
        var marker = marker();
        try (var window = open("Ann");
                var other = open("Ben")) {
            // Even if the bound failed, 600 programs that do nothing would harm no machine.
            window.type("for i in {1..600}; do sleep " + marker + " & done 2>&1 | head -5\n");
            window.awaitText("Resource temporarily unavailable");
            assertThat(running(marker)).isBetween(1L, 512L);
            other.type("echo still-$((1+1))\n");
            other.awaitText("still-2");
            window.end();
            window.awaitExit();
            await(() -> !isRunning(marker));
        }
    }

    @Test
    void the_sandbox_shows_neither_the_machine_nor_a_network() throws Exception {
        try (var window = open("Ann")) {
            window.type("cat " + server.data().resolve("token") + " /etc/shadow; echo no-$?\n");
            window.awaitText("no-1");
            window.type("touch /usr/x; echo no-$?-usr\n");
            window.awaitText("no-1-usr");
            int port = server.http("/").getPort();
            window.type("(echo > /dev/tcp/127.0.0.1/" + port + "); echo no-$?-net\n");
            window.awaitText("no-1-net");
            assertThat(window.shown()).doesNotContain(server.token());
        }
    }

    @Test
    void a_terminal_outlives_its_connection_and_shows_what_was_missed() throws Exception {
        var token = server.tokenOf("Ann", Scope.EDIT);
        String id;
        long seen;
        try (var window = TerminalWindow.connect(server, DEMO, token).open()) {
            window.type("echo ready-$((1+1)); cat > /dev/null; echo missed-$((40+2))\n");
            window.awaitText("ready-2");
            id = window.id();
            seen = window.position();
        }
        try (var other = TerminalWindow.connect(server, DEMO, token)) {
            await(() -> !listed(other, id));
            other.attach(id, seen);
            assertThat(other.position()).isEqualTo(seen);
            other.type("\u0004");
            other.awaitText("missed-42");
            assertThat(other.shown()).doesNotContain("cat >");
        }
        try (var third = TerminalWindow.connect(server, DEMO, token)) {
            third.attach(id, 9_999_999);
            assertThat(third.position()).isZero();
            third.awaitText("cat >");
            third.awaitText("missed-42");
            third.type("exit\n");
            third.awaitExit();
        }
    }

    @Test
    void input_that_was_under_way_arrives_once() throws Exception {
        var token = server.tokenOf("Ann", Scope.EDIT);
        var line = "echo once-$((1+1))\n";
        try (var window = TerminalWindow.connect(server, DEMO, token).open()) {
            window.type(line.substring(0, 7));
            try (var other = TerminalWindow.connect(server, DEMO, token)) {
                other.attach(window.id(), window.position());
                assertThat(other.typed()).isEqualTo(7);
                other.accepted("qide/terminalInput", other.input(0, line));
                other.accepted("qide/terminalInput", other.input(0, line));
                other.awaitText("once-2");
                for (long wrong : new long[] {-1, line.length() + 1}) {
                    assertThat(other.refusal("qide/terminalInput", other.input(wrong, "x")))
                            .isEqualTo(INVALID_PARAMS);
                }
                other.accepted("qide/terminalInput", other.input(line.length(), "exit\n"));
                other.awaitExit();
                assertThat(window.shown() + other.shown()).containsOnlyOnce("once-2");
            }
        }
    }

    @Test
    void a_window_that_attaches_takes_the_terminal_from_the_one_before() throws Exception {
        var token = server.tokenOf("Ann", Scope.EDIT);
        try (var window = TerminalWindow.connect(server, DEMO, token).open();
                var other = TerminalWindow.connect(server, DEMO, token)) {
            other.attach(window.id(), 0);
            assertThat(window.awaitExit().get("reason").getAsString()).isEqualTo("moved");
            assertThat(window.refusal("qide/terminalInput", window.input(0, "x")))
                    .isEqualTo(TERMINAL_UNKNOWN);
            other.type("echo here-$((1+1)); exit\n");
            other.awaitText("here-2");
            assertThat(other.awaitExit().get("reason").getAsString()).isEqualTo("exited");
            assertThat(window.shown()).doesNotContain("here-2");
        }
    }

    @Test
    void a_shell_that_exits_without_a_connection_is_reported_to_the_next_one() throws Exception {
        var token = server.tokenOf("Ann", Scope.EDIT);
        var marker = marker();
        String id;
        try (var window = TerminalWindow.connect(server, DEMO, token).open()) {
            window.type(
                    "read; until [ -e go-3 ]; do sleep 0.1; done; echo last-$((40+2));"
                            + " exec sh -c 'touch gone-3; exit 3'\n");
            window.awaitText("exit 3");
            id = window.id();
            window.type("\n");
        }
        try (var other = TerminalWindow.connect(server, DEMO, token)) {
            await(() -> !listed(other, id));
            Files.createFile(folder.resolve("go-3"));
            await(() -> Files.exists(folder.resolve("gone-3")));
            // The shell exits, and the server notices.
            Thread.sleep(500);
            other.attach(id, 0);
            var exit = other.awaitExit();
            assertThat(other.shown()).contains("last-42");
            assertThat(exit.get("exitCode").getAsInt()).isEqualTo(3);
        }
        assertThat(isRunning(marker)).isFalse();
    }

    @Test
    void a_terminal_ends_with_the_credential_that_opened_it() throws Exception {
        var marker = marker();
        try (var window = open("Cleo")) {
            window.type("sleep " + marker + "\n");
            await(() -> isRunning(marker));
        }
        server.revoke("Cleo");
        await(() -> !isRunning(marker));
    }

    @Test
    void a_terminal_ends_with_its_workspace() throws Exception {
        var owner = server.token();
        assertThat(send("POST", "/api/workspaces", "{\"name\":\"brief\"}")).isEqualTo(201);
        var marker = marker();
        try (var window = TerminalWindow.connect(server, "brief", owner).open()) {
            window.type("sleep " + marker + "\n");
            await(() -> isRunning(marker));
            assertThat(send("DELETE", "/api/workspaces/brief", "")).isEqualTo(204);
            await(() -> !isRunning(marker));
        }
    }

    @Test
    void a_terminal_ends_when_its_server_leaves_the_workspace(@TempDir Path other)
            throws Exception {
        try (var first = TestServer.start(other)) {
            first.end();
            first.begin(TerminalAccess.OWNERS);
            var marker = marker();
            try (var second = TestServer.startBeside(first);
                    var window = TerminalWindow.connect(first, DEMO, first.token()).open()) {
                window.type("sleep " + marker + "\n");
                await(() -> isRunning(marker));
                first.setDraining(true);
                assertThat(window.awaitExit().get("reason").getAsString()).isEqualTo("workspace");
                await(() -> !isRunning(marker));
                assertThat(window.client().closeCode()).isEqualTo(SERVICE_RESTART);
                try (var moved = TerminalWindow.connect(first, DEMO, first.token()).open();
                        var list = TerminalWindow.connect(second, DEMO, first.token())) {
                    assertThat(listed(list, moved.id())).isTrue();
                    moved.end();
                    moved.awaitExit();
                }
            }
        }
    }

    @Test
    void no_program_outlives_the_server(@TempDir Path other) throws Exception {
        try (var second = TestServer.start(other)) {
            second.end();
            second.begin(TerminalAccess.OWNERS);
            var marker = marker();
            try (var window = TerminalWindow.connect(second, DEMO, second.token()).open()) {
                window.type("(trap '' HUP; nohup setsid sleep " + marker + " &)\n");
                await(() -> isRunning(marker));
                second.end();
                await(() -> !isRunning(marker));
                second.begin();
            }
        }
    }

    @Test
    void who_may_use_terminals_depends_on_the_setting(@TempDir Path other) throws Exception {
        try (var second = TestServer.start(other)) {
            assertThat(refusal(second, second.token())).isEqualTo(TERMINALS_OFF);
            second.end();
            second.begin(TerminalAccess.OWNERS);
            var editor = second.tokenOf("Ann", Scope.EDIT);
            assertThat(refusal(second, editor)).isEqualTo(FORBIDDEN);
            assertThat(refusal(second, second.token())).isZero();
        }
    }

    @Test
    void viewers_have_no_terminals_and_nobody_sees_those_of_others() throws Exception {
        var viewer = server.tokenOf("Vera", Scope.READ);
        try (var window = open("Ann");
                var viewing = TerminalWindow.connect(server, DEMO, viewer);
                var ben = connect("Ben")) {
            assertThat(viewing.refusal("qide/terminalOpen", TerminalWindow.size()))
                    .isEqualTo(FORBIDDEN);
            assertThat(viewing.refusal("qide/terminalInput", window.input(0, "x")))
                    .isEqualTo(FORBIDDEN);
            assertThat(ben.refusal("qide/terminalInput", window.input(0, "x")))
                    .isEqualTo(TERMINAL_UNKNOWN);
            var attach = TerminalWindow.size();
            attach.addProperty("terminal", window.id());
            attach.addProperty("after", 0);
            assertThat(ben.refusal("qide/terminalAttach", attach)).isEqualTo(TERMINAL_UNKNOWN);
            assertThat(listed(ben, window.id())).isFalse();
        }
    }

    @Test
    void a_guest_who_may_edit_has_no_terminals() throws Exception {
        var body = "{\"role\":\"edit\",\"name\":\"Guest\"}";
        var request =
                request("/api/workspaces/demo/shares")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        var share = JsonParser.parseString(HTTP.send(request, BodyHandlers.ofString()).body());
        var guest = share.getAsJsonObject().get("token").getAsString();

        assertThat(refusal(server, guest)).isEqualTo(FORBIDDEN);
        assertThat(workspaces(guest)).contains("\"editor\"", "\"terminals\":false");
        var member = server.tokenOf("Gil", Scope.EDIT);
        assertThat(workspaces(member)).contains("\"editor\"", "\"terminals\":true");
    }

    @Test
    void the_terminals_of_a_person_are_bounded() throws Exception {
        try (var window = connect("Dan")) {
            var opened = new ArrayList<String>();
            for (int i = 0; i < TerminalLimits.STANDARD.ofPerson(); i++) {
                var one = window.result("qide/terminalOpen", TerminalWindow.size());
                opened.add(one.get("terminal").getAsString());
            }
            assertThat(window.refusal("qide/terminalOpen", TerminalWindow.size()))
                    .isEqualTo(TOO_MANY_TERMINALS);
            var list = window.result("qide/terminalList", new JsonObject());
            assertThat(list.getAsJsonArray("terminals"))
                    .extracting(one -> one.getAsJsonObject().get("terminal").getAsString())
                    .containsExactlyElementsOf(opened);
            for (var one : list.getAsJsonArray("terminals")) {
                var params = new JsonObject();
                params.add("terminal", one.getAsJsonObject().get("terminal"));
                var _ = window.ask("qide/terminalClose", params);
            }
            await(() ->
                    window.result("qide/terminalList", new JsonObject())
                            .getAsJsonArray("terminals")
                            .isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "columns, 0, -32602",
        "rows, 1001, -32602",
        "folder, ../x, 1101",
        "folder, nowhere, 1506",
        "folder, a-file, 1506",
        "folder, out, 1506",
        "shell, /bin/sh, 1504",
        "shell, powershell, 1504"
    })
    void bad_parameters_are_refused_by_name(String name, String value, int code) throws Exception {
        try (var window = connect("Eve")) {
            var params = TerminalWindow.size();
            if (value.matches("[0-9]+")) {
                params.addProperty(name, Integer.parseInt(value));
            } else {
                params.addProperty(name, value);
            }
            assertThat(window.refusal("qide/terminalOpen", params)).isEqualTo(code);
        }
    }

    @Test
    void commits_have_the_person_as_author() throws Exception {
        var name = "Zo\u00eb \"Z\" O'Neil \\ $HOME";
        try (var window = open(name)) {
            window.type(FIRST_COMMIT);
            window.awaitText("author-" + name + "-");
            assertThat(window.shown()).containsPattern("-[0-9a-f-]{36}@qide\\.invalid-end");
            window.type("echo left-$(env | grep -c QIDE_)\n");
            window.awaitText("left-0");
        }
    }

    @Test
    void an_author_that_the_repository_or_the_person_names_wins() throws Exception {
        try (var window = open("Ann")) {
            window.type(
                    "git config --global user.email own@example.org;"
                            + FIRST_COMMIT.replace(
                                    "&& git commit", "&& git config user.name Repo && git commit"));
            window.awaitText("author-Repo-own@example.org-end");
        }
    }

    @Test
    void the_author_has_the_address_that_the_provider_has_verified() throws Exception {
        try (var people = new TestPeople(server)) {
            var person = people.logIn("Gwen");
            people.join(person, "home", "EDITOR");
            people.verifyAddress(person, "gwen@example.org");
            try (var window = TerminalWindow.withTicket(server, DEMO, ticket(person)).open()) {
                window.type(FIRST_COMMIT);
                window.awaitText("author-Gwen-gwen@example.org-end");
            }
        }
    }

    @Test
    void the_audit_log_has_the_opening_and_the_end_and_not_the_contents() throws Exception {
        try (var window = open("Fay")) {
            window.type("echo contents-$((1+1))\n");
            window.awaitText("contents-2");
            window.end();
            window.awaitExit();
        }
        await(() -> {
            var audit = audit();
            return audit.contains("terminal-open") && audit.contains("terminal-close");
        });
        assertThat(audit()).doesNotContain("contents");
        assertThat(server.scrape()).contains("qide_terminal_ended_total{reason=\"closed\"");
    }

    private static TerminalWindow open(String name) throws InterruptedException {
        return connect(name).open();
    }

    private static TerminalWindow connect(String name) throws InterruptedException {
        return TerminalWindow.connect(server, DEMO, server.tokenOf(name, Scope.EDIT));
    }

    /// @return 0 when a terminal was opened
    private static int refusal(TestServer where, String token) {
        try (var window = TerminalWindow.connect(where, DEMO, token)) {
            var answer = window.ask("qide/terminalOpen", TerminalWindow.size());
            return answer.has("error") ? answer.getAsJsonObject("error").get("code").getAsInt() : 0;
        }
    }

    /// Whether a terminal is in the list as attached.
    private static boolean listed(TerminalWindow window, String id) {
        for (var one :
                window.result("qide/terminalList", new JsonObject()).getAsJsonArray("terminals")) {
            var entry = one.getAsJsonObject();
            if (entry.get("terminal").getAsString().equals(id)) {
                return entry.get("attached").getAsBoolean();
            }
        }
        return false;
    }

    /// A number of seconds that no other program sleeps.
    private static synchronized String marker() {
        return ProcessHandle.current().pid() + "" + seconds++;
    }

    private static boolean isRunning(String marker) {
        return running(marker) > 0;
    }

    private static long running(String marker) {
        return ProcessHandle.allProcesses()
                .filter(process ->
                        process.info().commandLine().orElse("").endsWith("sleep " + marker))
                .count();
    }

    private static String audit() {
        try {
            var request = request("/api/audit").GET().build();
            return JsonParser.parseString(HTTP.send(request, BodyHandlers.ofString()).body())
                    .toString();
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static String workspaces(String token) throws Exception {
        var request =
                HttpRequest.newBuilder(server.http("/api/workspaces"))
                        .header("Authorization", "Bearer " + token)
                        .build();
        return HTTP.send(request, BodyHandlers.ofString()).body();
    }

    private static int send(String method, String path, String body) throws Exception {
        var request =
                request(path)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        return HTTP.send(request, BodyHandlers.ofString()).statusCode();
    }

    private static String ticket(TestPeople.LoggedIn person) throws Exception {
        var request =
                HttpRequest.newBuilder(server.http("/api/ticket"))
                        .header("Cookie", "qide_session=" + person.cookie())
                        .header("X-Qide-Csrf", Identity.csrfToken(person.cookie()))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
        var answer = HTTP.send(request, BodyHandlers.ofString()).body();
        return JsonParser.parseString(answer).getAsJsonObject().get("ticket").getAsString();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.http(path))
                .header("Authorization", "Bearer " + server.token());
    }
}

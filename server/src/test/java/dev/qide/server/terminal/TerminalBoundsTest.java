package dev.qide.server.terminal;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.LanguageRuntime;
import dev.qide.server.language.SandboxedPrograms;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.store.AuditTable;
import dev.qide.server.store.Database;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TerminalExitParams;
import dev.qide.wire.TerminalExitParams.Reason;
import dev.qide.wire.TerminalOutputParams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The bounds and ends of terminals, with real shells and other limits than the server's.
class TerminalBoundsTest {
    private static final String PATH =
            Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin");

    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofSeconds(6);
    private static final Duration GRACE = Duration.ofSeconds(1);

    /// A shell that has run its last command has exited after this time.
    private static final Duration AFTER_EXIT = Duration.ofMillis(500);

    private static final WorkspaceId DEMO = new WorkspaceId(new UUID(0, 1));
    private static final WorkspaceId OTHER = new WorkspaceId(new UUID(0, 2));
    private static final WindowSize SIZE = new WindowSize(100, 30);
    private static final String ANN = new UUID(0, 3).toString();
    private static final String BEN = new UUID(0, 4).toString();

    @TempDir Path home;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final AtomicBoolean isServed = new AtomicBoolean(true);
    private Path workspace;
    private Path hidden;

    /// What a client was told, in order.
    private static final class Recording implements TerminalClient {
        private final StringBuilder shown = new StringBuilder();
        private final ConcurrentLinkedQueue<Reason> ends = new ConcurrentLinkedQueue<>();

        @Override
        public synchronized void output(TerminalOutputParams output) {
            shown.append(output.text());
        }

        @Override
        public void ended(TerminalExitParams exit) {
            ends.add(exit.reason());
        }

        void awaitText(String text) {
            await(() -> has(text));
        }

        private synchronized boolean has(String text) {
            return shown.indexOf(text) >= 0;
        }

        void awaitEnd(Reason reason) {
            await(() -> !ends.isEmpty());
            assertThat(ends).containsExactly(reason);
        }
    }

    @BeforeEach
    void prepare() throws Exception {
        workspace = Files.createDirectory(home.resolve("workspace"));
        hidden = Files.createDirectory(home.resolve("data"));
    }

    @AfterEach
    void close() throws Exception {
        for (var each : opened.reversed()) {
            each.close();
        }
    }

    @Test
    void a_terminal_that_nobody_attaches_to_ends() throws Exception {
        var terminals = terminals(limits(8, SHORT), PATH);
        var client = new Recording();
        var terminal = open(terminals, ANN, DEMO, client);
        client.awaitText("$ ");
        terminals.detach(client);

        var next = new Recording();
        terminals.attach(owner(ANN, DEMO), terminal.id(), 0, SIZE, next).begin();
        terminals.input(owner(ANN, DEMO), terminal.id(), 0, "echo $((40+2))\n", next);
        next.awaitText("42");
        assertThat(next.ends).isEmpty();
        terminals.detach(next);

        await(() -> terminals.list(owner(ANN, DEMO)).terminals().isEmpty());
        assertThatRefused(
                () -> {
                    var _ = terminals.attach(owner(ANN, DEMO), terminal.id(), 0, SIZE, next);
                },
                Failure.TERMINAL_UNKNOWN,
                Map.of());
        assertThat(next.ends).isEmpty();
    }

    @Test
    void a_shell_that_exits_while_nobody_is_attached_is_kept_for_the_same_time_only()
            throws Exception {
        var terminals = terminals(limits(8, SHORT), PATH);
        var client = new Recording();
        var terminal = open(terminals, ANN, DEMO, client);
        terminals.input(owner(ANN, DEMO), terminal.id(), 0, "read; exit\n", client);
        client.awaitText("read; exit");
        terminals.input(owner(ANN, DEMO), terminal.id(), 11, "\n", client);
        terminals.detach(client);

        await(() -> terminals.list(owner(ANN, DEMO)).terminals().isEmpty());
    }

    @Test
    void a_shell_that_exited_while_nobody_was_attached_is_closed_at_once() throws Exception {
        var terminals = terminals(limits(8, LONG), PATH);
        var client = new Recording();
        var terminal = open(terminals, ANN, DEMO, client);
        var line = "read; until [ -e go ]; do sleep 0.1; done; touch read; exit\n";
        terminals.input(owner(ANN, DEMO), terminal.id(), 0, line, client);
        client.awaitText("touch read; exit");
        terminals.input(owner(ANN, DEMO), terminal.id(), line.length(), "\n", client);
        terminals.detach(client);
        Files.createFile(workspace.resolve("go"));
        await(() -> Files.exists(workspace.resolve("read")));
        Thread.sleep(AFTER_EXIT);

        terminals.close(owner(ANN, DEMO), terminal.id());
        await(() -> terminals.list(owner(ANN, DEMO)).terminals().isEmpty());
    }

    @Test
    void the_terminals_of_a_person_a_workspace_and_the_server_are_bounded() throws Exception {
        var terminals = terminals(new TerminalLimits(2, 3, 4, LONG, GRACE), PATH);
        var client = new Recording();
        var first = open(terminals, ANN, DEMO, client);
        var _ = open(terminals, ANN, DEMO, new Recording());
        assertThatFull(terminals, ANN, OTHER, "person", 2);
        var _ = open(terminals, BEN, DEMO, new Recording());
        assertThatFull(terminals, BEN, DEMO, "workspace", 3);
        var _ = open(terminals, BEN, OTHER, new Recording());
        assertThatFull(terminals, new UUID(0, 5).toString(), OTHER, "server", 4);

        terminals.close(owner(ANN, DEMO), first.id());
        client.awaitEnd(Reason.CLOSED);
        await(() -> terminals.list(owner(ANN, DEMO)).terminals().size() == 1);
        var _ = open(terminals, ANN, OTHER, new Recording());
    }

    @Test
    void without_a_sandbox_there_are_no_terminals() throws Exception {
        var programs = Files.createDirectory(home.resolve("programs"));
        var _ = Files.createSymbolicLink(programs.resolve("node"), program("node"));
        var terminals = terminals(limits(8, LONG), programs.toString());
        var folder = new WorkspaceFolder("demo", workspace, () -> true, List.of());
        assertThatRefused(
                () -> {
                    var _ = terminals.open(request(ANN, DEMO, folder), new Recording());
                },
                Failure.TERMINAL_UNAVAILABLE,
                Map.of("reason", "sandbox"));
    }

    @Test
    void a_workspace_with_the_data_directory_or_another_workspace_in_it_has_no_terminals()
            throws Exception {
        var terminals = terminals(limits(8, LONG), PATH);
        var folder = new WorkspaceFolder("demo", home, () -> true, List.of(hidden));
        assertThatRefused(
                () -> {
                    var _ = terminals.open(request(ANN, DEMO, folder), new Recording());
                },
                Failure.TERMINAL_UNAVAILABLE,
                Map.of("reason", "directories"));
    }

    @Test
    void only_the_server_that_serves_a_workspace_opens_terminals_in_it() throws Exception {
        var terminals = terminals(limits(8, LONG), PATH);
        var client = new Recording();
        var _ = open(terminals, ANN, DEMO, client);
        var other = new Recording();
        var _ = open(terminals, ANN, OTHER, other);

        terminals.closeIn(DEMO);
        client.awaitEnd(Reason.WORKSPACE);
        assertThatRefused(
                () -> {
                    var _ = open(terminals, ANN, DEMO, new Recording());
                },
                Failure.WORKSPACE_ELSEWHERE,
                Map.of());
        assertThat(other.ends).isEmpty();
        terminals.reopenIn(DEMO);
        isServed.set(false);
        assertThatRefused(
                () -> {
                    var _ = open(terminals, ANN, DEMO, new Recording());
                },
                Failure.WORKSPACE_ELSEWHERE,
                Map.of());
        isServed.set(true);
        var _ = open(terminals, ANN, DEMO, new Recording());
    }

    @Test
    void a_server_that_stops_opens_no_terminals() throws Exception {
        var terminals = terminals(limits(8, LONG), PATH);
        var client = new Recording();
        var _ = open(terminals, ANN, DEMO, client);
        terminals.close();
        client.awaitEnd(Reason.SERVER);
        assertThatRefused(
                () -> {
                    var _ = open(terminals, ANN, DEMO, new Recording());
                },
                Failure.SERVER_STOPPING,
                Map.of());
    }

    private static TerminalLimits limits(int all, Duration detached) {
        return new TerminalLimits(all, all, all, detached, GRACE);
    }

    private Terminals terminals(TerminalLimits limits, String searchPath) throws Exception {
        var server = kept(TestDatabase.create());
        var database = kept(new Database(server.address()));
        var scheduler = kept(new Scheduler());
        var metrics = new Metrics();
        var audit = kept(new AuditLog(new AuditTable(database), InstantSource.system(), metrics));
        var runtime = kept(LanguageRuntime.start(Declarations.builtIn(), home, searchPath));
        var programs = kept(new SandboxedPrograms(runtime, scheduler));
        TerminalSupport.abortIf(
                programs.problem(
                        new WorkspaceFolder("demo", workspace, () -> false, List.of(hidden))));
        return kept(new Terminals(programs, audit, limits, metrics));
    }

    private <T extends AutoCloseable> T kept(T resource) {
        opened.add(resource);
        return resource;
    }

    private Attachment open(
            Terminals terminals, String person, WorkspaceId id, TerminalClient client) {
        var folder = new WorkspaceFolder("demo", workspace, () -> false, List.of(hidden));
        var attachment = terminals.open(request(person, id, folder), client);
        attachment.begin();
        return attachment;
    }

    private Terminals.Request request(String person, WorkspaceId id, WorkspaceFolder folder) {
        var author = new GitAuthor("Ann", "ann@example.org");
        return new Terminals.Request(
                owner(person, id), folder, "", null, author, SIZE, isServed::get, _ -> () -> {});
    }

    private static TerminalOwner owner(String person, WorkspaceId id) {
        return new TerminalOwner(person, id);
    }

    private void assertThatFull(
            Terminals terminals, String person, WorkspaceId id, String of, int most) {
        assertThatRefused(
                () -> {
                    var _ = open(terminals, person, id, new Recording());
                },
                Failure.TOO_MANY_TERMINALS,
                Map.of("of", of, "most", Integer.toString(most)));
    }

    private static void assertThatRefused(
            ThrowingCallable call, Failure failure, Map<String, String> tags) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        refused -> {
                            assertThat(refused.failure()).isEqualTo(failure);
                            assertThat(refused.tags()).isEqualTo(tags);
                        });
    }

    /// Where this machine has a program.
    private static Path program(String name) {
        return Arrays.stream(PATH.split(":", -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }
}

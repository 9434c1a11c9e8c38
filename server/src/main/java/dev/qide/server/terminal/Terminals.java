package dev.qide.server.terminal;

import dev.qide.server.audit.AuditEvent;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.language.SandboxedProgram;
import dev.qide.server.language.SandboxedPrograms;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.linux.LinuxCalls;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TerminalExitParams.Reason;
import dev.qide.wire.TerminalList;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The terminals of this server. Thread-safe.
///
/// Invariant: a terminal is here until its program has ended, and nobody but its owner reaches it.
public final class Terminals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Terminals.class);

    /// In the order of preference.
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish", "sh");

    private static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "PATH", "/usr/local/bin:/usr/bin:/bin",
                    "TERM", "xterm-256color",
                    "COLORTERM", "truecolor",
                    "PS1", "\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ ");

    private final SandboxedPrograms programs;
    private final AuditLog audit;
    private final TerminalLimits limits;
    private final OpenTerminals open;
    private final Metrics.LabelledCounter opened;
    private final Metrics.LabelledCounter ended;

    /// Null until the first terminal is opened.
    private @Nullable PtyCalls calls;

    /// A terminal to open.
    ///
    /// @param directory the path of a folder in the workspace; empty for its root
    /// @param shell null for the first one that is installed
    /// @param author the author of commits
    /// @param isServed whether this server has the lease of the workspace
    /// @param access watches whether the owner may still use terminals: takes the task that ends
    ///   the terminal, which does not block, and returns the task that ends the watch
    public record Request(
            TerminalOwner owner,
            WorkspaceFolder folder,
            String directory,
            @Nullable String shell,
            GitAuthor author,
            WindowSize size,
            BooleanSupplier isServed,
            UnaryOperator<Runnable> access) {}

    public Terminals(
            SandboxedPrograms programs, AuditLog audit, TerminalLimits limits, Metrics metrics) {
        this.programs = programs;
        this.audit = audit;
        this.limits = limits;
        open = new OpenTerminals(limits);
        opened =
                metrics.counter(
                        "qide_terminal_opened_total",
                        "Requests to open a terminal, by result: ok, or the failure.",
                        "result");
        ended = metrics.counter("qide_terminal_ended_total", "Ended terminals.", "reason");
        metrics.gauge("qide_terminal_open", "Running terminals.", open::count);
    }

    /// Why no terminal can run on this machine although the sandbox works: the tag `reason` of
    /// `TERMINAL_UNAVAILABLE`. Null when one can.
    public static @Nullable String machineProblem() {
        return LinuxCalls.isKnownSystem() ? SandboxedPrograms.machineProblem() : "system";
    }

    /// Starts a shell.
    ///
    /// @throws FailureException `TERMINAL_UNAVAILABLE`, `TOO_MANY_TERMINALS`, `SHELL_UNKNOWN`,
    ///   `FOLDER_UNKNOWN`, `WORKSPACE_ELSEWHERE`, `SERVER_STOPPING`
    public Attachment open(Request request, TerminalClient client) {
        try {
            var attachment = start(request, client);
            opened.increment(AuditEvent.OK);
            record(request, "terminal-open", AuditEvent.OK);
            return attachment;
        } catch (FailureException failure) {
            // Not in the audit log: refusals are as frequent as a client likes.
            opened.increment(failure.failure().wireName());
            throw failure;
        }
    }

    /// Sends the output of a terminal to another client, and takes its input from that.
    ///
    /// @throws FailureException `TERMINAL_UNKNOWN`
    public Attachment attach(
            TerminalOwner owner, String id, long after, WindowSize size, TerminalClient client) {
        var entry = open.find(owner, id);
        return entry.running().attach(client, after, size).named(entry.shell());
    }

    /// Writes what a client has typed, except for what it has sent before.
    ///
    /// @param position the number of UTF-16 units of input before the text
    /// @throws FailureException `TERMINAL_UNKNOWN`, also for a client to which it is not attached,
    ///   `TERMINAL_INPUT_FULL`, `MESSAGE_TOO_LARGE`, `INVALID_PARAMS`
    public void input(
            TerminalOwner owner, String id, long position, String text, TerminalClient client) {
        if (text.length() > TerminalLimits.INPUT_CHARACTERS) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE,
                    Map.of("most", Integer.toString(TerminalLimits.INPUT_CHARACTERS)));
        }
        open.find(owner, id).running().input(client, position, text);
    }

    /// @throws FailureException `TERMINAL_UNKNOWN`
    public void resize(TerminalOwner owner, String id, WindowSize size) {
        open.find(owner, id).running().resize(size);
    }

    /// The client has shown the output up to a position; ignored if the terminal has just ended.
    public void acknowledge(TerminalOwner owner, String id, long position, TerminalClient client) {
        var terminal = open.running(owner, id);
        if (terminal != null) {
            terminal.acknowledge(client, position);
        }
    }

    /// @throws FailureException `TERMINAL_UNKNOWN`
    public void close(TerminalOwner owner, String id) {
        open.find(owner, id).running().end(Reason.CLOSED, "The terminal was closed.");
    }

    /// The terminals of a person in a workspace, in the order in which they were opened.
    public TerminalList list(TerminalOwner owner) {
        return open.list(owner);
    }

    /// The connection of a client was lost; its terminals wait for another one.
    public void detach(TerminalClient client) {
        open.detach(client);
    }

    /// Ends the terminals of a workspace that this server does not serve any more. Waits for their
    /// programs, at most five seconds.
    public void endIn(WorkspaceId workspace) {
        open.end(
                workspace,
                Reason.WORKSPACE,
                "The workspace was deleted, or another server serves it.");
    }

    /// Ends the terminals of a workspace that this server is handing over. No terminal opens there
    /// until [#reopenIn].
    public void closeIn(WorkspaceId workspace) {
        open.close(workspace);
        endIn(workspace);
    }

    public void reopenIn(WorkspaceId workspace) {
        open.reopen(workspace);
    }

    /// Ends all terminals; no further one opens.
    @Override
    public void close() {
        open.closeAll(Reason.SERVER, "The server stops.");
    }

    private Attachment start(Request request, TerminalClient client) {
        var problem = programs.problem(request.folder());
        var system = calls();
        if (system == null || problem != null) {
            throw unavailable(system == null ? "system" : String.valueOf(problem), null);
        }
        var shell = shell(request.shell());
        requireFolder(request);
        var entry = open.reserve(request.owner(), shell, request.directory());
        boolean isRunning = false;
        try {
            // Asked after the reservation: whoever ends the terminals of a workspace finds it.
            if (!request.isServed().getAsBoolean()) {
                throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
            }
            var terminal = started(request, entry, system);
            var attachment = terminal.attach(client, 0, request.size()).named(shell);
            run(entry, terminal, request);
            isRunning = true;
            return attachment;
        } catch (IOException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "terminal.start_failed")
                    .setCause(failure)
                    .log("a terminal cannot be started");
            throw unavailable("start", failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw unavailable("start", stop);
        } finally {
            if (!isRunning) {
                open.remove(entry);
                entry.hasEnded();
            }
        }
    }

    /// An unused feature costs nothing: linking the calls takes some milliseconds.
    private synchronized @Nullable PtyCalls calls() {
        if (calls == null) {
            calls = PtyCalls.find();
        }
        return calls;
    }

    private Terminal started(Request request, OpenTerminals.Entry entry, PtyCalls system)
            throws IOException, InterruptedException {
        var pty = Pty.open(system);
        SandboxedProgram program = null;
        try {
            pty.resize(request.size());
            program =
                    programs.start(
                            new SandboxedPrograms.Request(
                                    request.folder(),
                                    request.directory(),
                                    pty.device(),
                                    List.of(entry.shell(), "-i"),
                                    environment(entry.shell()),
                                    request.author().config()),
                            limit ->
                                    entry.end(
                                            Reason.LIMIT,
                                            "The terminal was ended: " + limit + "."));
            return new Terminal(entry.id(), pty, program, limits);
        } finally {
            if (program == null) {
                pty.close();
            }
        }
    }

    /// Without SHELL, programs would start the login shell of the server's user.
    private static Map<String, String> environment(String shell) {
        var environment = new HashMap<>(ENVIRONMENT);
        environment.put("SHELL", SandboxedPrograms.pathOf(shell));
        return environment;
    }

    private void run(OpenTerminals.Entry entry, Terminal terminal, Request request) {
        var unwatch =
                request.access()
                        .apply(() ->
                                entry.end(
                                        Reason.ACCESS,
                                        "You may not use terminals of this workspace any more."));
        boolean isRunning = false;
        try {
            BackgroundTask.start(
                    Thread.ofPlatform().name("terminal-" + entry.id()).daemon(),
                    () -> runToEnd(entry, terminal, request, unwatch));
            isRunning = true;
        } finally {
            if (!isRunning) {
                unwatch.run();
                terminal.abort();
            }
        }
        entry.started(terminal);
    }

    private void runToEnd(
            OpenTerminals.Entry entry, Terminal terminal, Request request, Runnable unwatch)
            throws IOException {
        var reason = Reason.FAILED;
        try {
            reason = terminal.run();
        } finally {
            open.remove(entry);
            unwatch.run();
            var name = reason.name().toLowerCase(Locale.ROOT);
            ended.increment(name);
            record(request, "terminal-close", name);
            entry.hasEnded();
        }
    }

    private String shell(@Nullable String wanted) {
        var present = SHELLS.stream().filter(programs::has).toList();
        if (wanted == null && !present.isEmpty()) {
            return present.getFirst();
        }
        if (wanted == null || !present.contains(wanted)) {
            throw new FailureException(
                    Failure.SHELL_UNKNOWN, Map.of("shells", String.join(",", present)));
        }
        return wanted;
    }

    /// A link out of the workspace is like a folder that does not exist.
    private static void requireFolder(Request request) {
        try {
            var root = request.folder().directory().toRealPath();
            var folder = root.resolve(request.directory()).toRealPath();
            if (folder.startsWith(root) && Files.isDirectory(folder)) {
                return;
            }
        } catch (IOException _) {
            // There is no such folder.
        }
        throw new FailureException(Failure.FOLDER_UNKNOWN);
    }

    private void record(Request request, String operation, String result) {
        var person = UUID.fromString(request.owner().person());
        audit.record(new AuditEvent(person, operation, request.folder().name(), "", result));
    }

    private static FailureException unavailable(String reason, @Nullable Throwable cause) {
        var tags = Map.of("reason", reason);
        return cause == null
                ? new FailureException(Failure.TERMINAL_UNAVAILABLE, tags)
                : new FailureException(Failure.TERMINAL_UNAVAILABLE, tags, cause);
    }
}

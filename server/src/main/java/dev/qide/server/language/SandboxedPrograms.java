package dev.qide.server.language;

import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.language.process.PidsController;
import dev.qide.server.language.process.ResourceMonitor;
import dev.qide.server.language.process.Sandbox;
import dev.qide.server.language.process.SandboxSpec;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Programs that people run on a pseudoterminal, in the sandbox of language servers: with the
/// machine's programs, a writable workspace, no network, and the same bounds on memory and
/// processes. Never without the sandbox. Thread-safe.
public final class SandboxedPrograms implements AutoCloseable {
    /// The bounds of one terminal; of the times none applies.
    private static final ServerLimits LIMITS =
            new ServerLimits(4_096, 512, 1, Duration.ofMinutes(1), Duration.ofMinutes(1));

    private static final String PROGRAMS = "/usr/bin/";

    /// From the package util-linux.
    private static final String SESSION_STARTER = "setsid";

    /// Enters the control group, if any, becomes what the kernel kills first when the machine has
    /// no memory left, opens the pseudoterminal, then becomes the command that follows. The
    /// server's own process must not open it: if it were a session leader, the terminal would
    /// become its own.
    private static final String ON_DEVICE =
            "[ -z \"$1\" ] || echo $$ >\"$1/cgroup.procs\" || exit 1;"
                    + " echo 1000 >/proc/self/oom_score_adj || :;"
                    + " shift; exec \"$@\" <>\"$0\" >&0 2>&1";

    /// Runs in the sandbox: changes the directory, and writes git's configuration. It comes in a
    /// variable, since other programs of the machine may read command lines.
    private static final String IN_DIRECTORY =
            "cd -- \"$0\" || exit 1; if [ -n \"$TERMINAL_GIT_CONFIG\" ]; then"
                    + " printf %s \"$TERMINAL_GIT_CONFIG\" >\"$HOME/.gitconfig\"; fi;"
                    + " unset TERMINAL_GIT_CONFIG; exec \"$@\"";

    private static final String GIT_CONFIG = "TERMINAL_GIT_CONFIG";

    /// The niceness of a person's programs, so that they yield to the server.
    private static final String NICENESS = "5";

    private final LanguageRuntime runtime;
    private final ResourceMonitor monitor;

    /// Counts the processes of each program.
    ///
    /// @param pids null where it is not needed, or not possible
    private record Counting(boolean isRoot, @Nullable PidsController pids) {
        static Counting find() {
            boolean isRoot = PidsController.isRoot();
            return new Counting(isRoot, isRoot ? PidsController.find() : null);
        }
    }

    /// Null until the first program starts: an unused feature changes no control groups.
    private @Nullable Counting counting;

    /// A program to start.
    ///
    /// @param directory the path of a folder in the workspace; empty for its root
    /// @param device the pseudoterminal, which becomes the controlling terminal of the program
    /// @param environment in addition to the sandbox's
    /// @param gitConfig the content of `.gitconfig` in the home directory
    public record Request(
            WorkspaceFolder folder,
            String directory,
            Path device,
            List<String> command,
            Map<String, String> environment,
            String gitConfig) {
        public Request {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    public SandboxedPrograms(LanguageRuntime runtime, Scheduler scheduler) {
        this.runtime = runtime;
        monitor = new ResourceMonitor(scheduler);
    }

    /// Why no program can run in a workspace, from a closed set: `sandbox`; `setsid`; `root` when
    /// the server runs as root and cannot bound the number of processes; `directories` when the
    /// workspace contains what it must not reach. Null when programs can.
    public @Nullable String problem(WorkspaceFolder folder) {
        var sandbox = runtime.sandbox();
        if (sandbox == null || !(sandbox.probeResult() instanceof SandboxProbeResult.Works)) {
            return "sandbox";
        }
        var problem = problem(counting());
        return problem == null && containsHidden(folder) ? "directories" : problem;
    }

    /// Why no program can run on this machine although the sandbox works: `root` or `setsid` as
    /// above. Null when programs can.
    public static @Nullable String machineProblem() {
        return problem(Counting.find());
    }

    private static @Nullable String problem(Counting found) {
        if (found.isRoot() && found.pids() == null) {
            return "root";
        }
        return isPresent(SESSION_STARTER) ? null : SESSION_STARTER;
    }

    /// Whether the machine has a program that the sandbox shows.
    public boolean has(String program) {
        return isPresent(program);
    }

    /// The path of a program, on the machine and in the sandbox.
    public static String pathOf(String program) {
        return PROGRAMS + program;
    }

    private static boolean isPresent(String program) {
        return Files.isExecutable(Path.of(pathOf(program)));
    }

    /// Starts a program.
    ///
    /// @param exceeded gets the exceeded limit as the end of a sentence; must not block
    /// @throws IOException when it cannot be started
    public SandboxedProgram start(Request request, Consumer<String> exceeded)
            throws IOException, InterruptedException {
        var sandbox = runtime.sandbox();
        var folder = request.folder();
        if (sandbox == null || problem(folder) != null) {
            throw new IOException("The sandbox does not work.");
        }
        var spec =
                new SandboxSpec(
                        null,
                        folder.directory(),
                        folder.name(),
                        folder.hidden(),
                        List.of(),
                        null,
                        true,
                        LIMITS,
                        true);
        var pids = counting().pids();
        var group = pids == null ? null : pids.create(LIMITS.processes());
        boolean isStarted = false;
        try {
            var process = runtime.starter().start(builder(request, group, sandbox, spec));
            var program = new SandboxedProgram(process, monitor, group);
            monitor.watch(program.pid(), LIMITS, exceeded);
            isStarted = true;
            return program;
        } finally {
            if (!isStarted && group != null) {
                PidsController.remove(group);
            }
        }
    }

    private static ProcessBuilder builder(
            Request request, @Nullable Path group, Sandbox sandbox, SandboxSpec spec)
            throws IOException {
        var line = new ArrayList<>(List.of("/bin/sh", "-c", ON_DEVICE));
        line.add(request.device().toString());
        line.add(group == null ? "" : group.toString());
        line.addAll(sandbox.command(spec, inside(request)));
        var builder =
                new ProcessBuilder(line)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(Sandbox.ENVIRONMENT);
        builder.environment().putAll(request.environment());
        builder.environment().put(GIT_CONFIG, request.gitConfig());
        return builder;
    }

    private synchronized Counting counting() {
        var found = counting;
        if (found == null) {
            found = Counting.find();
            counting = found;
        }
        return found;
    }

    /// A folder inside the workspace is covered, but a program that may write could move the folder
    /// above it, and put another one in its place.
    private static boolean containsHidden(WorkspaceFolder folder) {
        try {
            var real = folder.directory().toRealPath();
            for (var hidden : folder.hidden()) {
                if (Files.exists(hidden) && hidden.toRealPath().startsWith(real)) {
                    return true;
                }
            }
            return false;
        } catch (IOException _) {
            return true;
        }
    }

    @Override
    public void close() {
        monitor.close();
    }

    private static List<String> inside(Request request) {
        var root = Sandbox.workspace(request.folder().name());
        var directory = request.directory().isEmpty() ? root : root + "/" + request.directory();
        var line = new ArrayList<>(List.of("/bin/sh", "-c", IN_DIRECTORY, directory));
        line.addAll(List.of(PROGRAMS + "nice", "-n", NICENESS));
        // A server in the background may ignore SIGINT, one under `nohup` SIGHUP; both are
        // inherited.
        line.addAll(List.of(PROGRAMS + "env", "--default-signal"));
        line.addAll(List.of(PROGRAMS + "setsid", "--ctty"));
        line.add(PROGRAMS + request.command().getFirst());
        line.addAll(request.command().subList(1, request.command().size()));
        return line;
    }
}

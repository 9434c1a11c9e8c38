package dev.qide.server.store.postgres;

import dev.qide.server.store.StartRefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The way to run PostgreSQL's programs on this machine.
///
/// PostgreSQL refuses to run as root, so root starts it in a user namespace (`unshare -U`), where
/// it runs as nobody while its files stay root's. `setsid` keeps a Ctrl-C in the server's terminal
/// from it: the server drains first and then stops it. `setpriv --pdeathsig` makes the kernel stop
/// it when the server is killed. Each wrapper is used only if a trial run succeeds, and each execs
/// the next, so that the child process is the postmaster itself.
public record PostgresCommand(List<String> prefix) {
    private static final List<String> AS_ANOTHER_USER =
            List.of("setsid", "setpriv", "--pdeathsig", "INT");
    private static final List<String> AS_ROOT =
            List.of("setsid", "unshare", "-U", "setpriv", "--pdeathsig", "INT");
    private static final long PROBE_SECONDS = 10;
    private static final long TOOL_SECONDS = 120;
    private static final int OUTPUT_BYTES = 1 << 16;

    public PostgresCommand {
        prefix = List.copyOf(prefix);
    }

    /// Determines the wrappers for this machine.
    ///
    /// @throws StartRefusedException when this process is root and cannot run programs as another
    ///   user
    public static PostgresCommand find() {
        var all = isRoot() ? AS_ROOT : AS_ANOTHER_USER;
        if (runs(all, List.of("true"))) {
            return new PostgresCommand(all);
        }
        var prefix = new ArrayList<String>();
        addIfItRuns(prefix, List.of("setsid"));
        if (isRoot() && !addIfItRuns(prefix, List.of("unshare", "-U"))) {
            throw new StartRefusedException(
                    "PostgreSQL does not run as root, and this machine provides no user namespace"
                            + " (unshare -U failed): start Q-IDE as another user, or set"
                            + " QIDE_DATABASE_URL to an external PostgreSQL.");
        }
        addIfItRuns(prefix, List.of("setpriv", "--pdeathsig", "INT"));
        return new PostgresCommand(prefix);
    }

    /// The command line of one of PostgreSQL's programs.
    public List<String> commandLine(Path program, List<String> arguments) {
        var line = new ArrayList<>(prefix);
        line.add(program.toString());
        line.addAll(arguments);
        return List.copyOf(line);
    }

    /// Runs a program to completion.
    ///
    /// @throws StartRefusedException with the end of its output when it fails or takes two minutes
    public void run(Path program, List<String> arguments) throws InterruptedException {
        Path output = null;
        try {
            output = Files.createTempFile("qide-", ".out");
            var process =
                    new ProcessBuilder(commandLine(program, arguments))
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            if (!process.waitFor(TOOL_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            if (!process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new StartRefusedException(
                        "PostgreSQL's " + program.getFileName() + " failed: " + tail(output));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            if (output != null) {
                var _ = output.toFile().delete();
            }
        }
    }

    /// Sends a signal, for instance `INT`; Java can send only TERM and KILL.
    public static void signal(long pid, String name) {
        try {
            var kill =
                    new ProcessBuilder("sh", "-c", "kill -s \"$0\" \"$1\"", name, "" + pid)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!kill.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
                kill.destroyForcibly();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean addIfItRuns(List<String> prefix, List<String> wrapper) {
        return runs(wrapper, List.of("true")) && prefix.addAll(wrapper);
    }

    /// Whether a program ends well behind these wrappers, within ten seconds.
    static boolean runs(List<String> wrappers, List<String> program) {
        var probe = new ArrayList<>(wrappers);
        probe.addAll(program);
        try {
            var process =
                    new ProcessBuilder(probe)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean isRoot() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (IOException | UnsupportedOperationException _) {
            return "root".equals(System.getProperty("user.name"));
        }
    }

    private static String tail(Path output) throws IOException {
        var bytes = Files.readAllBytes(output);
        int from = Math.max(0, bytes.length - OUTPUT_BYTES);
        var text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8).strip();
        var lines = text.lines().toList();
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }
}

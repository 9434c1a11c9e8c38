package dev.qide.server.language;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The box in which language servers run, made by bubblewrap: no network, no environment, nothing
/// readable but Node, shared libraries, the server's install and one workspace, nothing writable
/// but a bounded `/tmp`.
///
/// A language server is hostile code: it runs what lies in the workspace. Thread-safe.
public final class Sandbox {
    /// Where a workspace lies inside.
    static final String WORKSPACE = "/workspace";

    /// The only environment of a server, set before the launcher: bubblewrap's own process keeps
    /// the environment it was started with, visible inside as `/proc/1/environ`.
    static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/bin", "HOME", "/tmp", "TMPDIR", "/tmp", "LANG", "C.UTF-8");

    private static final String TMP_BYTES = Integer.toString(256 << 20);
    private static final String MASK_BYTES = Integer.toString(1 << 20);
    private static final String DATA_BYTES = Long.toString(2L << 30);
    private static final Duration PROBE_WAIT = Duration.ofSeconds(20);
    private static final String REMEDY =
            " Install the package `bubblewrap` and let this user make user namespaces, or trust a"
                    + " workspace with --trust NAME.";

    private final NodeRuntime node;
    private final @Nullable Path launcher;
    private final @Nullable Path limiter;
    private final SandboxVerdict verdict;

    private Sandbox(
            NodeRuntime node,
            @Nullable Path launcher,
            @Nullable Path limiter,
            SandboxVerdict verdict) {
        this.node = node;
        this.launcher = launcher;
        this.limiter = limiter;
        this.verdict = verdict;
    }

    /// Looks for the launcher and finds out, by running a probe in it, whether the sandbox holds.
    /// Takes some tenths of a second, at most 20.
    ///
    /// @param searchPath as in the environment variable PATH
    public static Sandbox find(NodeRuntime node, String searchPath, ProcessStarter starter)
            throws InterruptedException {
        var launcher = NodeRuntime.which("bwrap", searchPath);
        var limiter = NodeRuntime.which("prlimit", searchPath);
        if (launcher == null) {
            return off(node, "The sandbox launcher `bwrap` is missing.");
        }
        var untested = new Sandbox(node, launcher, limiter, new SandboxVerdict.Holds());
        var problem = untested.probe(starter);
        return problem == null ? untested : off(node, problem);
    }

    /// No sandbox: only what runs no project code, and trusted workspaces.
    ///
    /// @param why one sentence
    public static Sandbox off(NodeRuntime node, String why) {
        return new Sandbox(node, null, null, new SandboxVerdict.Fails(why + REMEDY));
    }

    public SandboxVerdict verdict() {
        return verdict;
    }

    boolean holds() {
        return verdict instanceof SandboxVerdict.Holds;
    }

    NodeRuntime node() {
        return node;
    }

    /// The command line that runs a command in the sandbox.
    ///
    /// @param install seen inside as `/opt/ls`, null for none
    /// @param workspace seen inside as `/workspace`
    /// @param hidden folders that must not be seen even if they lie in the workspace
    List<String> command(
            @Nullable Path install, Path workspace, List<Path> hidden, List<String> command)
            throws IOException {
        var line = new ArrayList<String>();
        if (limiter != null) {
            line.addAll(List.of(limiter.toString(), "--data=" + DATA_BYTES, "--"));
        }
        line.add(String.valueOf(launcher));
        line.addAll(
                List.of(
                        "--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup --disable-userns --uid 65534 --gid 65534 --cap-drop ALL --hostname sandbox --new-session --die-with-parent"
                                .split(" ", -1)));
        system(line);
        if (install != null) {
            line.addAll(List.of("--ro-bind", install.toRealPath().toString(), RootMap.INSTALL));
        }
        var real = workspace.toRealPath();
        line.addAll(List.of("--ro-bind", real.toString(), WORKSPACE));
        for (var folder : hidden) {
            mask(line, real, folder);
        }
        line.addAll(List.of("--chdir", WORKSPACE, "--remount-ro", "/", "--"));
        line.addAll(command);
        return line;
    }

    /// Parents that bubblewrap makes on the way are closed to all but its own user: hence each
    /// folder by name.
    private void system(List<String> line) {
        for (var folder : List.of("/usr", "/usr/bin", "/usr/lib", "/opt")) {
            line.addAll(List.of("--dir", folder));
        }
        line.addAll(List.of("--ro-bind", node.binary().toString(), "/usr/bin/node"));
        for (var folder : node.libraries()) {
            line.addAll(List.of("--ro-bind", folder.toString(), folder.toString()));
        }
        node.loader()
                .forEach((named, real) ->
                        line.addAll(List.of("--ro-bind", real.toString(), named.toString())));
        line.addAll(List.of("--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"));
        // Root's servers map to the host's root, who may write there without any capability.
        line.addAll(List.of("--proc", "/proc", "--size", MASK_BYTES, "--tmpfs", "/proc/sys"));
        // Each tmpfs is memory of this machine, half of it unless it has a size.
        line.addAll(List.of("--remount-ro", "/proc/sys", "--dev", "/dev", "--remount-ro", "/dev"));
        line.addAll(List.of("--perms", "1777", "--size", TMP_BYTES, "--tmpfs", "/tmp"));
    }

    private static void mask(List<String> line, Path workspace, Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        var real = folder.toRealPath();
        if (real.equals(workspace)) {
            throw new IOException("the data directory is the workspace itself");
        }
        if (real.startsWith(workspace)) {
            var inside = WORKSPACE + "/" + workspace.relativize(real);
            line.addAll(List.of("--size", MASK_BYTES, "--tmpfs", inside, "--remount-ro", inside));
        }
    }

    /// @return null when it holds, else one sentence
    private @Nullable String probe(ProcessStarter starter) throws InterruptedException {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("qide-sandbox");
            var workspace = Files.createDirectory(folder.resolve("workspace"));
            var canary = Files.writeString(folder.resolve("canary"), "canary");
            Files.writeString(workspace.resolve("probe.cjs"), Declarations.resource("probe.cjs"));
            var said = run(starter, workspace, canary);
            return said.equals("holds\n")
                    ? null
                    : "The sandbox does not hold (" + firstLine(said) + ").";
        } catch (IOException failure) {
            return "The sandbox cannot be tried.";
        } finally {
            delete(folder);
        }
    }

    private String run(ProcessStarter starter, Path workspace, Path canary)
            throws IOException, InterruptedException {
        try (var listening =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            var builder =
                    new ProcessBuilder(
                                    command(
                                            null,
                                            workspace,
                                            List.of(),
                                            List.of(
                                                    "/usr/bin/node",
                                                    WORKSPACE + "/probe.cjs",
                                                    canary.toString(),
                                                    Integer.toString(listening.getLocalPort()))))
                            .redirectErrorStream(true);
            builder.environment().clear();
            builder.environment().putAll(ENVIRONMENT);
            var probe = starter.start(builder);
            try {
                if (!probe.waitFor(PROBE_WAIT.toSeconds(), TimeUnit.SECONDS)) {
                    return "it does not end";
                }
                return new String(probe.getInputStream().readNBytes(1000), StandardCharsets.UTF_8);
            } finally {
                probe.destroyForcibly();
            }
        }
    }

    private static String firstLine(String said) {
        return said.lines().findFirst().orElse("it says nothing");
    }

    private static void delete(@Nullable Path folder) {
        if (folder == null) {
            return;
        }
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException _) {
            // An empty temporary folder that stays behind harms nobody.
            return;
        }
    }
}

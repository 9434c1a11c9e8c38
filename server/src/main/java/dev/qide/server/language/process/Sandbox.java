package dev.qide.server.language.process;

import dev.qide.server.language.Declarations;
import dev.qide.server.language.SandboxProbeResult;
import dev.qide.server.language.ServerLimits;
import dev.qide.server.language.python.PythonEnvironments;
import dev.qide.server.language.rewrite.RootMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The sandbox of language servers, made with bubblewrap: no network and no environment. A server
/// can read only Node, shared libraries, its installation, one workspace and the folders that its
/// declaration names, and write only to a bounded `/tmp`. A terminal of a person has the machine's
/// programs, and may also write to the workspace.
///
/// A language server is hostile code: it runs the code of the workspace. Thread-safe.
public final class Sandbox {
    /// The folder of the workspace inside. tsserver does not watch folders close to the root of the
    /// file system; `/workspaces/NAME` is far enough from it.
    private static final String WORKSPACES = "/workspaces";

    /// Names by which tools recognize folders that hold no source files of a project.
    private static final Set<String> FOLDERS_OF_PACKAGES =
            Set.of(
                    "node_modules",
                    "bower_components",
                    "jspm_packages",
                    "site-packages",
                    "dist-packages");

    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._-]|^[.-]");

    /// The only environment of a server, set before the launcher: bubblewrap's own process keeps
    /// the environment it was started with, visible inside as `/proc/1/environ`.
    public static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/bin", "HOME", "/tmp", "TMPDIR", "/tmp", "LANG", "C.UTF-8");

    private static final String TMP_BYTES = Integer.toString(256 << 20);
    private static final String MASK_BYTES = Integer.toString(1 << 20);
    static final String PROGRAMS = "/usr/bin:/bin";
    static final Path SYSTEM = Path.of("/usr");

    /// The files outside `/usr` that programs of the machine need.
    private static final List<String> MACHINE_FILES =
            List.of("/etc/alternatives", "/etc/ld.so.cache", "/etc/java-17-openjdk");

    /// The name of the workspace in which the probe runs.
    private static final String PROBE = "probe";

    private static final Duration PROBE_WAIT = Duration.ofSeconds(20);
    private static final String REMEDY =
            " Install the package `bubblewrap` and let this user make user namespaces (in a container:"
                    + " ops/docker/README.md, \"The sandbox\"), or trust a workspace, in the browser"
                    + " or at the start with --trust NAME.";

    private final NodeRuntime node;
    private final @Nullable Path launcher;
    private final @Nullable Path limiter = NodeRuntime.which("prlimit", PROGRAMS);
    private final @Nullable Path reaper = NodeRuntime.which("setpriv", PROGRAMS);
    private final SandboxProbeResult probeResult;

    private Sandbox(NodeRuntime node, @Nullable Path launcher, SandboxProbeResult probeResult) {
        this.node = node;
        this.launcher = launcher;
        this.probeResult = probeResult;
    }

    /// Finds the launcher and runs a probe in it to learn whether the sandbox holds. Takes some
    /// tenths of a second, at most 20 s.
    ///
    /// @param searchPath as in the environment variable PATH
    public static Sandbox find(NodeRuntime node, String searchPath, ProcessStarter starter)
            throws InterruptedException {
        return find(node, searchPath, PROBE_WAIT, starter);
    }

    /// [#find(NodeRuntime, String, ProcessStarter)] with another limit of the probe's time.
    static Sandbox find(
            NodeRuntime node, String searchPath, Duration atMost, ProcessStarter starter)
            throws InterruptedException {
        var launcher = NodeRuntime.which("bwrap", searchPath);
        if (launcher == null) {
            return off(node, "The sandbox launcher `bwrap` is missing.");
        }
        var untested = new Sandbox(node, launcher, new SandboxProbeResult.Works());
        var problem = untested.probe(starter, atMost);
        return problem == null ? untested : off(node, problem);
    }

    /// No sandbox: only servers that run no project code start, and those of trusted workspaces.
    ///
    /// @param why one sentence
    public static Sandbox off(NodeRuntime node, String why) {
        return new Sandbox(node, null, new SandboxProbeResult.Failed(why + REMEDY));
    }

    /// The path of a workspace inside: `/workspaces/NAME`, where NAME is the workspace's name with
    /// every character that needs quoting in a path or URI replaced.
    public static String workspace(String name) {
        var safe = UNSAFE.matcher(name).replaceAll("_");
        boolean isSpecial = safe.isEmpty() || FOLDERS_OF_PACKAGES.contains(safe);
        return WORKSPACES + "/" + (isSpecial ? safe + "_" : safe);
    }

    public SandboxProbeResult probeResult() {
        return probeResult;
    }

    boolean holds() {
        return probeResult instanceof SandboxProbeResult.Works;
    }

    NodeRuntime node() {
        return node;
    }

    /// The command line that runs a command in the sandbox.
    ///
    /// The limit of processes is set inside: outside it would count all processes of this user. It
    /// does not bind servers of root, whose processes the kernel does not count; [ResourceMonitor]
    /// does.
    public List<String> command(SandboxSpec spec, List<String> command) throws IOException {
        var line = new ArrayList<String>();
        line.add(String.valueOf(launcher));
        line.addAll(
                List.of(
                        "--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup --disable-userns --uid 65534 --gid 65534 --cap-drop ALL --hostname sandbox --new-session --die-with-parent"
                                .split(" ", -1)));
        system(line, spec.includesSystem());
        for (var folder : spec.readableFolders()) {
            bind(line, folder);
        }
        if (spec.install() != null) {
            bind(line, spec.install().toRealPath().toString(), RootMap.INSTALL);
        }
        if (spec.interpreters() != null) {
            bind(line, spec.interpreters().toString(), PythonEnvironments.FOLDER);
        }
        var real = spec.workspace().toRealPath();
        var inside = workspace(spec.name());
        line.addAll(List.of(spec.isWritable() ? "--bind" : "--ro-bind", real.toString(), inside));
        AbsoluteLinks.add(line, spec, real, inside, mounted(spec));
        for (var folder : spec.hidden()) {
            mask(line, spec, real, folder);
        }
        line.addAll(List.of("--chdir", inside, "--remount-ro", "/", "--"));
        line.addAll(limits(spec.limits(), "--nproc=" + spec.limits().processes()));
        line.addAll(command);
        return line;
    }

    /// The folders of this machine at their own paths, apart from those below `/usr` and `/etc`.
    private List<Path> mounted(SandboxSpec spec) {
        var mounted = new ArrayList<Path>(spec.readableFolders());
        mounted.addAll(node.libraries());
        mounted.addAll(node.loader().keySet());
        return mounted;
    }

    /// The command line that runs a command without the sandbox. It still ends with this server and
    /// has its limits, if the machine has the programs for them.
    List<String> unconfined(ServerLimits limits, List<String> command) {
        var line = new ArrayList<String>();
        if (reaper != null) {
            line.addAll(List.of(reaper.toString(), "--pdeathsig", "KILL", "--"));
        }
        line.addAll(limits(limits));
        line.addAll(command);
        return line;
    }

    private List<String> limits(ServerLimits limits, String... more) {
        if (limiter == null) {
            return List.of();
        }
        var line = new ArrayList<String>();
        line.addAll(List.of(limiter.toString(), "--data=" + (limits.memoryMiB() << 20)));
        // A core dump of a hostile process would fill the disk.
        line.add("--core=0");
        line.addAll(List.of(more));
        line.add("--");
        return line;
    }

    /// Parents that bubblewrap creates are closed to all users but its own, so each folder is
    /// named.
    private void system(List<String> line, boolean includesSystem) {
        for (var folder : List.of("/usr", "/usr/bin", "/usr/lib", "/opt", "/etc", WORKSPACES)) {
            line.addAll(List.of("--dir", folder));
        }
        if (includesSystem) {
            bind(line, SYSTEM);
            MACHINE_FILES.forEach(file -> bind(line, Path.of(file)));
            line.addAll(List.of("--symlink", "usr/bin", "/bin"));
        } else {
            bind(line, node.binary().toString(), "/usr/bin/node");
            node.libraries().forEach(folder -> bind(line, folder));
            node.loader().forEach((named, real) -> bind(line, real.toString(), named.toString()));
            if (limiter != null) {
                bind(line, limiter.toString(), limiter.toString());
            }
        }
        line.addAll(List.of("--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"));
        // Servers of root map to the host's root, who may write there without any capability.
        line.addAll(List.of("--proc", "/proc", "--size", MASK_BYTES, "--tmpfs", "/proc/sys"));
        // Each tmpfs is memory of this machine, half of it unless it has a size.
        line.addAll(List.of("--remount-ro", "/proc/sys", "--dev", "/dev", "--remount-ro", "/dev"));
        line.addAll(List.of("--perms", "1777", "--size", TMP_BYTES, "--tmpfs", "/tmp"));
    }

    private static void bind(List<String> line, String from, String to) {
        line.addAll(List.of("--ro-bind", from, to));
    }

    private static void bind(List<String> line, Path place) {
        if (Files.exists(place)) {
            bind(line, place.toString(), place.toString());
        }
    }

    private static void mask(List<String> line, SandboxSpec spec, Path workspace, Path folder)
            throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        var real = folder.toRealPath();
        if (real.equals(workspace)) {
            throw new IOException("the data directory is the workspace itself");
        }
        if (real.startsWith(workspace)) {
            cover(line, workspace(spec.name()) + "/" + workspace.relativize(real));
        }
        boolean isRead = spec.includesSystem() && real.startsWith(SYSTEM);
        for (var read : spec.readableFolders()) {
            isRead |= real.startsWith(read);
        }
        if (isRead) {
            cover(line, real.toString());
        }
    }

    private static void cover(List<String> line, String inside) {
        line.addAll(List.of("--size", MASK_BYTES, "--tmpfs", inside, "--remount-ro", inside));
    }

    /// @return null when it holds, else one sentence
    private @Nullable String probe(ProcessStarter starter, Duration atMost)
            throws InterruptedException {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("qide-sandbox");
            var workspace = Files.createDirectory(folder.resolve("workspace"));
            var canary = Files.writeString(folder.resolve("canary"), "canary");
            Files.writeString(workspace.resolve("probe.cjs"), Declarations.resource("probe.cjs"));
            var said = run(starter, atMost, workspace, canary);
            return said.equals("holds\n")
                    ? null
                    : "The sandbox does not work (" + firstLine(said) + ").";
        } catch (IOException failure) {
            return "The sandbox cannot be tried.";
        } finally {
            delete(folder);
        }
    }

    private String run(ProcessStarter starter, Duration atMost, Path workspace, Path canary)
            throws IOException, InterruptedException {
        try (var listening =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            var builder =
                    new ProcessBuilder(
                                    command(
                                            new SandboxSpec(
                                                    null,
                                                    workspace,
                                                    PROBE,
                                                    List.of(),
                                                    List.of(),
                                                    null,
                                                    false,
                                                    ServerLimits.STANDARD),
                                            List.of(
                                                    "/usr/bin/node",
                                                    workspace(PROBE) + "/probe.cjs",
                                                    canary.toString(),
                                                    Integer.toString(listening.getLocalPort()))))
                            .redirectErrorStream(true);
            builder.environment().clear();
            builder.environment().putAll(ENVIRONMENT);
            return starter.outputOf(builder, atMost).text();
        }
    }

    private static String firstLine(String said) {
        return said.lines().findFirst().orElse("it printed nothing");
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
            // An empty temporary folder that stays behind is harmless.
            return;
        }
    }
}

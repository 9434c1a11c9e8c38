package dev.qide.server.language.python;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.language.WorkspaceFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Python environments of a workspace as one running language server sees them.
///
/// The server treats each folder with an environment as a workspace folder of its own, because
/// Pyright has one interpreter per folder. The rest of the workspace uses the environment of its
/// root, or else the system's interpreter. If the root has a Pyright configuration, the whole
/// workspace is one project with the root's environment, or else the first one below it.
/// Thread-safe.
public final class PythonEnvironments {
    /// The path of the shims inside the sandbox.
    public static final String FOLDER = "/opt/python";

    /// The setting for the interpreter in a declared configuration.
    public static final String PLACEHOLDER = "${pythonEnvironment}";

    private static final Logger LOG = LoggerFactory.getLogger(PythonEnvironments.class);

    private final WorkspaceFolder workspace;
    private final InterpreterShims interpreters;
    private final List<SystemPython> libraries;
    private final Path programs;
    private final AtomicBoolean isScanning = new AtomicBoolean();
    private volatile State state;

    /// The result of one scan.
    ///
    /// @param interpreters the path of each interpreter, as the language server sees it, by the
    ///   folder to which it applies
    /// @param stamp changes whenever an environment or its packages change
    public record State(Map<String, String> interpreters, String stamp) {
        /// The folders below the root with an environment of their own, relative to the workspace.
        public List<String> folders() {
            return interpreters.keySet().stream()
                    .filter(folder -> !folder.isEmpty())
                    .sorted()
                    .toList();
        }

        /// The interpreter of a folder; null for none.
        ///
        /// @param folder relative to the workspace; empty for the root
        public @Nullable String interpreter(String folder) {
            var at = folder;
            while (!at.isEmpty() && !interpreters.containsKey(at)) {
                at = at.substring(0, Math.max(0, at.lastIndexOf('/')));
            }
            return interpreters.get(at);
        }
    }

    /// Scans the workspace once.
    ///
    /// @param searchPath the folders to search for interpreters, in the format of the environment
    ///   variable PATH
    public PythonEnvironments(WorkspaceFolder workspace, View view, String searchPath)
            throws IOException {
        this.workspace = workspace;
        this.libraries = SystemPython.find(searchPath);
        this.programs = view.programs().resolve(InterpreterShims.nameFor(workspace.directory()));
        Files.createDirectories(programs);
        InterpreterShims.removeOldest(view.programs());
        this.interpreters =
                new InterpreterShims(
                        new InterpreterShims.Site(
                                programs,
                                view.isSandboxed() ? FOLDER : programs.toString(),
                                view.node(),
                                view.root(),
                                workspace.directory()),
                        libraries);
        this.state = rescan();
    }

    /// The language server's view of this machine.
    ///
    /// @param programs the folder with the shims of all workspaces, on this machine
    /// @param isSandboxed whether the sandbox shows the shims at [#FOLDER]
    /// @param node the path of Node as the language server sees it
    /// @param root the workspace's path as the language server sees it
    public record View(Path programs, boolean isSandboxed, String node, String root) {}

    /// The folder that the sandbox must show at [#FOLDER].
    public Path programs() {
        return programs;
    }

    /// The folders of this machine that a language server must be able to read.
    public List<Path> libraries() {
        return libraries.stream()
                .flatMap(library -> library.folders().stream())
                .distinct()
                .toList();
    }

    /// The result of the last scan.
    public State state() {
        return state;
    }

    /// Scans again on a thread of its own, unless a scan is running.
    ///
    /// @param done called on that thread at the end
    public void scan(Runnable done) {
        if (!isScanning.compareAndSet(false, true)) {
            return;
        }
        BackgroundTask.start(
                Thread.ofVirtual().name("language-environments"),
                () -> {
                    try {
                        state = rescan();
                    } finally {
                        isScanning.set(false);
                    }
                    done.run();
                });
    }

    /// Writes a shim for each environment. If one cannot be written, the packages of its
    /// environment are not found; everything else works.
    private State rescan() {
        var scan = EnvironmentScan.of(workspace.directory());
        var paths = new TreeMap<String, String>();
        for (var environment : chosen(scan).entrySet()) {
            try {
                var path = interpreters.write(environment.getValue());
                if (path != null) {
                    paths.put(environment.getKey(), path);
                }
            } catch (IOException failure) {
                LOG.atWarn()
                        .addKeyValue("event.action", "language.interpreter_failed")
                        .setCause(failure)
                        .log("cannot write the shim of a Python interpreter");
            }
        }
        return new State(Map.copyOf(paths), scan.isOneProject() + scan.stamp());
    }

    /// The environment of each folder; null for the system's interpreter.
    private static Map<String, @Nullable String> chosen(EnvironmentScan scan) {
        var chosen = new TreeMap<String, @Nullable String>();
        var environments = scan.environments().values();
        chosen.put(
                "",
                scan.isOneProject() && !environments.isEmpty()
                        ? environments.iterator().next()
                        : null);
        if (!scan.isOneProject()) {
            chosen.putAll(scan.environments());
        }
        return chosen;
    }
}

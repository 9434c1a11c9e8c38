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
/// A folder that holds an environment is a folder of its own to the server, since pyright has one
/// interpreter for each; the rest of the workspace has the environment of its root, else the
/// system's interpreter. Where the root has a configuration of pyright the workspace is one
/// project, with the root's environment, else the first one below it. Thread-safe.
public final class PythonEnvironments {
    /// Where the sandbox shows the programs that answer in an interpreter's place.
    public static final String FOLDER = "/opt/python";

    /// The place of the interpreter in a declared configuration.
    public static final String PLACEHOLDER = "${pythonEnvironment}";

    private static final Logger LOG = LoggerFactory.getLogger(PythonEnvironments.class);

    private final WorkspaceFolder workspace;
    private final InterpreterShims interpreters;
    private final List<SystemPython> libraries;
    private final Path programs;
    private final AtomicBoolean isScanning = new AtomicBoolean();
    private volatile State state;

    /// What one scan found.
    ///
    /// @param interpreters the path of the interpreter, as the server has it, by the folder that it
    ///   serves
    /// @param stamp differs when an environment or its packages have changed
    public record State(Map<String, String> interpreters, String stamp) {
        /// The folders below the root that have an environment of their own, relative to the
        /// workspace.
        public List<String> folders() {
            return interpreters.keySet().stream()
                    .filter(folder -> !folder.isEmpty())
                    .sorted()
                    .toList();
        }

        /// The interpreter of a folder; null when there is none.
        ///
        /// @param folder relative to the workspace, `` for the root
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
    /// @param searchPath where interpreters are looked for, as in the environment variable PATH
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

    /// How the server sees this machine.
    ///
    /// @param programs the folder of the programs of all workspaces, on this machine
    /// @param isSandboxed whether the sandbox shows them at [#FOLDER]
    /// @param node the path of Node as the server has it
    /// @param root the workspace's path as the server has it
    public record View(Path programs, boolean isSandboxed, String node, String root) {}

    /// The folder that the sandbox has to show at [#FOLDER].
    public Path programs() {
        return programs;
    }

    /// The folders of this machine that a language server has to read.
    public List<Path> libraries() {
        return libraries.stream()
                .flatMap(library -> library.folders().stream())
                .distinct()
                .toList();
    }

    /// What the last scan found.
    public State state() {
        return state;
    }

    /// Looks at the disk again, on a thread of its own, unless it does so already.
    ///
    /// @param done runs on that thread at the end
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

    /// Writes an interpreter for each environment. One that cannot be written is left out: its
    /// packages are not found, and all else works.
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

    /// The environment of each folder, null for the system's interpreter.
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

package dev.qide.server.language;

import dev.qide.server.language.process.LanguageTools;
import dev.qide.server.language.process.NodeRuntime;
import dev.qide.server.language.process.ProcessStarter;
import dev.qide.server.language.process.Sandbox;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.telemetry.Health;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The runtime of language servers: this machine's Node, the sandbox, the installed programs and
/// the thread that starts processes. Thread-safe.
public final class LanguageRuntime implements AutoCloseable {
    private final ProcessStarter starter;
    private final @Nullable Sandbox sandbox;
    private final ServerLauncher launcher;

    private LanguageRuntime(
            ProcessStarter starter, @Nullable Sandbox sandbox, ServerLauncher launcher) {
        this.starter = starter;
        this.sandbox = sandbox;
        this.launcher = launcher;
    }

    /// Finds Node and tries the sandbox, which takes some tenths of a second.
    ///
    /// @param tools the folder with the installed language servers
    /// @param searchPath in the format of the environment variable PATH
    public static LanguageRuntime start(Declarations declarations, Path tools, String searchPath)
            throws InterruptedException {
        var starter = new ProcessStarter();
        boolean isStarted = false;
        try {
            var node = NodeRuntime.find(searchPath, starter);
            var sandbox = node == null ? null : Sandbox.find(node, searchPath, starter);
            var launcher =
                    new ServerLauncher(
                            declarations,
                            new LanguageTools(tools, searchPath, starter),
                            sandbox,
                            starter);
            isStarted = true;
            return new LanguageRuntime(starter, sandbox, launcher);
        } finally {
            if (!isStarted) {
                starter.close();
            }
        }
    }

    ServerLauncher launcher() {
        return launcher;
    }

    /// Null without Node on this machine, which the probe of the sandbox needs.
    @Nullable Sandbox sandbox() {
        return sandbox;
    }

    ProcessStarter starter() {
        return starter;
    }

    /// Registers the health of the sandbox and of the thread that starts processes.
    public void register(Health health) {
        health.register("sandbox", this::state);
        health.register("process-starter", starter::state);
    }

    /// Degraded if some or all language servers cannot run, with a sentence that says why.
    private Health.State state() {
        if (sandbox == null) {
            return new Health.State.Degraded("Node is missing: no language server can run.");
        }
        return switch (sandbox.probeResult()) {
            case SandboxProbeResult.Works() -> new Health.State.Up();
            case SandboxProbeResult.Failed(var sentence) -> new Health.State.Degraded(sentence);
        };
    }

    @Override
    public void close() {
        starter.close();
    }
}

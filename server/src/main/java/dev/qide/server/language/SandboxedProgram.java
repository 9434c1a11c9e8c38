package dev.qide.server.language;

import dev.qide.server.language.process.PidsController;
import dev.qide.server.language.process.ProcessStarter;
import dev.qide.server.language.process.ResourceMonitor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A running program of [SandboxedPrograms], with all its descendants: they share a process
/// namespace, and none outlives it. Thread-safe.
public final class SandboxedProgram {
    private final Process process;
    private final ResourceMonitor monitor;
    private final @Nullable Path group;
    private final long startedNanos = System.nanoTime();

    /// @param group the control group of its processes; null for none
    SandboxedProgram(Process process, ResourceMonitor monitor, @Nullable Path group) {
        this.group = group;
        this.process = process;
        this.monitor = monitor;
    }

    /// Runs once the program has ended, on another thread.
    public void onExit(Runnable action) {
        var _ = process.onExit().thenRun(action);
    }

    public boolean hasEnded() {
        return !process.isAlive();
    }

    /// The exit code of a program that has ended.
    public int exitCode() {
        return process.exitValue();
    }

    /// Waits for the end.
    ///
    /// @return whether it has ended
    public boolean await(Duration atMost) throws InterruptedException {
        return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// The id of the process that ends with the program.
    public long pid() {
        return process.pid();
    }

    /// Kills the program and all its descendants. Waits at most half a second for one that was only
    /// just started, and at most two for all to be gone.
    public void kill() {
        monitor.forget(process.pid());
        if (process.isAlive()) {
            ProcessStarter.settle(startedNanos);
        }
        // The first process of its namespace dies with it, and so do all others.
        process.destroyForcibly();
        if (group != null) {
            PidsController.remove(group);
        }
    }
}

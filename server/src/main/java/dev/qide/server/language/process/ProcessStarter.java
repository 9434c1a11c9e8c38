package dev.qide.server.language.process;

import dev.qide.server.telemetry.Health;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The one thread that starts processes: a platform thread that lives as long as the server.
///
/// The launcher's `--die-with-parent` follows the *thread* that started it. If that were a virtual
/// thread or one that ends, a language server would be killed at any moment. Thread-safe.
public final class ProcessStarter implements AutoCloseable {
    private static final int QUEUE_STARTS = 256;
    private static final Duration START_WAIT = Duration.ofSeconds(30);

    /// How long the launcher may take to create its sandbox. If it is killed before that, it leaves
    /// a child that waits forever (and runs nothing), since its own death signal is not set yet.
    static final Duration SETTLING = Duration.ofMillis(500);

    private static final int OUTPUT_BYTES = 64 << 10;

    private final Duration startWait;
    private volatile long lastStartNanos = System.nanoTime() - SETTLING.toNanos();

    /// When the running start began; null while none is running.
    private volatile @Nullable Long startBegunNanos;

    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(
                    1,
                    1,
                    0,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(QUEUE_STARTS),
                    Thread.ofPlatform().name("process-starter").daemon().factory());

    public ProcessStarter() {
        this(START_WAIT);
    }

    /// @param startWait how long a start may take, with the wait for its turn
    ProcessStarter(Duration startWait) {
        this.startWait = startWait;
    }

    /// Starts a process; waits at most 30 seconds for its turn.
    ///
    /// @throws IOException when it cannot be started
    public Process start(ProcessBuilder builder) throws IOException, InterruptedException {
        var start = new FutureTask<Process>(() -> startNow(builder));
        try {
            thread.execute(start);
            var process = start.get(startWait.toMillis(), TimeUnit.MILLISECONDS);
            lastStartNanos = System.nanoTime();
            return process;
        } catch (ExecutionException failure) {
            throw new IOException("Cannot start the process.", failure.getCause());
        } catch (TimeoutException | java.util.concurrent.RejectedExecutionException busy) {
            start.cancel(false);
            throw new IOException("Too many processes are starting.", busy);
        }
    }

    private Process startNow(ProcessBuilder builder) throws IOException {
        startBegunNanos = System.nanoTime();
        try {
            return builder.start();
        } finally {
            startBegunNanos = null;
        }
    }

    /// Degraded while a start has taken 30 seconds, so that all others wait for it, and after
    /// [#close()]. Does not block.
    public Health.State state() {
        if (thread.isShutdown()) {
            return new Health.State.Degraded(
                    "The thread that starts processes has ended, so no language server can start."
                            + " Restart the server.");
        }
        var begun = startBegunNanos;
        return begun != null && System.nanoTime() - begun > startWait.toNanos()
                ? new Health.State.Degraded(
                        "A process has been starting for 30 seconds, so no language server can"
                                + " start. Check the disk with the tools and the workspaces.")
                : new Health.State.Up();
    }

    /// The result of a short program.
    ///
    /// @param text the beginning of its output, errors included
    public record Output(int exitCode, String text) {}

    /// Runs a short program to its end.
    ///
    /// @throws IOException when it cannot be started or does not end in time; it is killed then,
    ///   with all its descendants
    public Output outputOf(ProcessBuilder builder, Duration atMost)
            throws IOException, InterruptedException {
        // Into a file, since a reader of a pipe waits for the last descendant that holds it.
        var output = Files.createTempFile("qide-", ".out");
        try {
            var process = start(builder.redirectErrorStream(true).redirectOutput(output.toFile()));
            try {
                if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException("The process does not end: " + builder.command());
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            try (var in = Files.newInputStream(output)) {
                var text = new String(in.readNBytes(OUTPUT_BYTES), StandardCharsets.UTF_8);
                return new Output(process.exitValue(), text);
            }
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /// Ends the thread, and with it every process in the sandbox.
    @Override
    public void close() {
        settle(lastStartNanos);
        thread.shutdownNow();
    }

    /// Waits until a process that is being started has its sandbox.
    public static void settle(long startedNanos) {
        long left = SETTLING.toNanos() - (System.nanoTime() - startedNanos);
        if (left <= 0) {
            return;
        }
        try {
            Thread.sleep(Duration.ofNanos(left));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

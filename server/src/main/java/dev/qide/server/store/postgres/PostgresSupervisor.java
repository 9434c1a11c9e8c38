package dev.qide.server.store.postgres;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.telemetry.Health;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one postmaster as a child process, restarts it when it ends, and stops it.
///
/// The thread that starts the child lives as long as the child, because the kernel sends the
/// parent-death signal when that thread ends, not when the process ends. Thread-safe.
public final class PostgresSupervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresSupervisor.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration STEADY = Duration.ofSeconds(30);
    private static final Duration FAST_STOP = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE_STOP = Duration.ofSeconds(5);
    private static final int LAST_LINES = 8;
    private static final int LINE_CHARACTERS = 500;

    private final Path cluster;
    private final List<String> line;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ArrayDeque<String> lastLines = new ArrayDeque<>();
    private final BackgroundTask task;
    private volatile @Nullable Process process;
    private final AtomicInteger starts = new AtomicInteger();

    /// @param cluster the cluster's directory
    /// @param line the command line of its postmaster
    public PostgresSupervisor(Path cluster, List<String> line) {
        this.cluster = cluster;
        this.line = List.copyOf(line);
        task =
                new BackgroundTask(
                                Thread.ofPlatform().name("postgres-keeper").daemon(),
                                this::supervise)
                        .begin();
    }

    /// Down while the thread that runs the postmaster has failed. Does not block.
    public Health.State state() {
        return task.state();
    }

    /// The number of starts.
    public int starts() {
        return starts.get();
    }

    /// The postmaster's process id, or -1 when it is not running.
    public long pid() {
        var running = process;
        return running == null || !running.isAlive() ? -1 : running.pid();
    }

    /// The last lines of PostgreSQL's output.
    public String lastOutput() {
        synchronized (lastLines) {
            return String.join(" / ", lastLines);
        }
    }

    /// Stops the postmaster: fast shutdown, after 20 s immediate shutdown, after another 5 s
    /// SIGKILL.
    @Override
    public void close() {
        closing.countDown();
        task.finish();
        var running = process;
        if (running != null && running.isAlive()) {
            PostgresCommand.signal(running.pid(), "INT");
        }
        if (!isEndedWithin(FAST_STOP) && pid() > 0) {
            PostgresCommand.signal(pid(), "QUIT");
        }
        if (!isEndedWithin(IMMEDIATE_STOP) && pid() > 0) {
            PostgresCommand.signal(pid(), "KILL");
        }
    }

    private boolean isEndedWithin(Duration atMost) {
        try {
            return task.join(atMost);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void supervise() throws InterruptedException {
        var pause = FIRST_PAUSE;
        do {
            long begun = System.nanoTime();
            runOnce();
            boolean wasSteady = System.nanoTime() - begun > STEADY.toNanos();
            pause = wasSteady ? FIRST_PAUSE : min(pause.multipliedBy(2), LONGEST_PAUSE);
        } while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    }

    private void runOnce() throws InterruptedException {
        try {
            StalePostmaster.clear(cluster);
            if (closing.getCount() == 0) {
                return;
            }
            var child = new ProcessBuilder(line).redirectErrorStream(true).start();
            process = child;
            starts.incrementAndGet();
            BackgroundTask.start(
                    Thread.ofPlatform().name("postgres-output").daemon(), () -> readOutput(child));
            if (closing.getCount() == 0) {
                PostgresCommand.signal(child.pid(), "INT");
            }
            int code = child.waitFor();
            if (closing.getCount() != 0) {
                LOG.atError()
                        .addKeyValue("event.action", "store.postgres_ended")
                        .addKeyValue("process.exit_code", code)
                        .log("PostgreSQL ended unexpectedly; restarting it");
            }
        } catch (IOException | StartRefusedException failure) {
            record("" + failure.getMessage());
            LOG.atError()
                    .addKeyValue("event.action", "store.postgres_not_started")
                    .setCause(failure)
                    .log("starting PostgreSQL failed; retrying");
        }
    }

    private void readOutput(Process child) {
        try (var output =
                new BufferedReader(
                        new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                record(line);
            }
        } catch (IOException _) {
            LOG.atDebug()
                    .addKeyValue("event.action", "store.postgres_output_ended")
                    .log("PostgreSQL closed its output");
        }
    }

    private void record(String output) {
        var bounded = output.substring(0, Math.min(output.length(), LINE_CHARACTERS));
        LOG.atDebug()
                .addKeyValue("event.action", "store.postgres_logged")
                .addKeyValue("output", bounded)
                .log("output of PostgreSQL");
        synchronized (lastLines) {
            lastLines.addLast(bounded);
            if (lastLines.size() > LAST_LINES) {
                lastLines.removeFirst();
            }
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}

package dev.qide.server.language.process;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.DeferredWork;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.language.ServerLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running language server: frames in, frames out, its whole process tree killed at the end.
///
/// It reads, writes and drains stderr on platform threads of its own, so a server that stops
/// reading or floods costs nobody else. Thread-safe.
public final class ServerProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
    private static final int WRITE_QUEUE_MESSAGES = 4096;
    private static final long WRITE_QUEUE_CHARACTERS = 32L << 20;
    private static final int STDERR_LINES = 100;
    private static final int STDERR_LINE_CHARACTERS = 200;
    private static final Duration EXIT_WAIT = Duration.ofSeconds(2);

    private final Process process;
    private final String name;
    private final Listener listener;
    private final OutputMeter meter;
    private final AtomicReference<@Nullable String> verdict = new AtomicReference<>();
    private final BlockingQueue<String> writing = new ArrayBlockingQueue<>(WRITE_QUEUE_MESSAGES);
    private final AtomicLong writingCharacters = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long startedNanos = System.nanoTime();
    private final Thread writer;

    /// What is told on the reading thread; may block, which holds the server back.
    public interface Listener {
        void said(ServerProcess from, String message);

        /// Told once, after the last message.
        ///
        /// @param reason completes the sentence "The language server stopped: …"
        void ended(ServerProcess which, String reason);
    }

    /// @param name for threads and logs
    ServerProcess(Process process, String name, ServerLimits limits, Listener listener) {
        this.process = process;
        this.name = name;
        this.listener = listener;
        meter = new OutputMeter(limits.outputMiBPerMinute());
        writer = Thread.ofPlatform().name(name + "-in").daemon().unstarted(this::write);
    }

    /// Begins to read and write.
    public void begin() {
        writer.start();
        BackgroundTask.start(Thread.ofPlatform().name(name + "-out").daemon(), this::read);
        BackgroundTask.start(
                Thread.ofPlatform().name(name + "-err").daemon(),
                this::drain,
                _ -> end("what it wrote to stderr could not be read"));
    }

    /// Queues a message for the server.
    ///
    /// @return false when 4,096 messages or 32 Mi characters already wait: the server does not read
    public boolean offer(String message) {
        if (writingCharacters.addAndGet(message.length()) > WRITE_QUEUE_CHARACTERS
                && !writing.isEmpty()) {
            writingCharacters.addAndGet(-message.length());
            return false;
        }
        return writing.offer(message);
    }

    /// Ends it for what it did; [Listener#ended] says why.
    ///
    /// @param reason completes the sentence "The language server stopped: …"
    public void end(String reason) {
        verdict.compareAndSet(null, reason);
        close();
    }

    public long pid() {
        return process.pid();
    }

    /// Kills the process and all its descendants. Waits, at most half a second, for a process that
    /// has only just been started.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            if (process.isAlive()) {
                ProcessStarter.settle(startedNanos);
            }
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            writer.interrupt();
        }
    }

    private void write() {
        try (var out = process.getOutputStream()) {
            while (!closed.get()) {
                var message = writing.take();
                writingCharacters.addAndGet(-message.length());
                out.write(LspBaseProtocol.frame(message));
                if (writing.isEmpty()) {
                    out.flush();
                }
            }
        } catch (IOException _) {
            // The pipe is broken because the process ended, which its reader finds out and tells.
            return;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error defect) {
            // A server that hears nothing any more is no server.
            end("what it is sent could not be written");
            throw defect;
        }
    }

    private void read() {
        var reason = "it ended by itself";
        try {
            var protocol = new LspBaseProtocol(meter.metered(process.getInputStream()));
            for (var message = protocol.next(); message != null; message = protocol.next()) {
                hand(message);
            }
            reason = exitReason();
        } catch (LspBaseProtocol.MalformedFrame malformedFrame) {
            reason = String.valueOf(malformedFrame.getMessage());
        } catch (OutputMeter.OutputLimitExceeded outputLimitExceeded) {
            reason = String.valueOf(outputLimitExceeded.getMessage());
        } catch (IOException _) {
            reason = exitReason();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "language.reader_failed")
                    .setCause(failure)
                    .log("reading a language server failed");
        } finally {
            close();
            listener.ended(this, Objects.requireNonNullElse(verdict.get(), reason));
        }
    }

    /// What the message makes the server send, this thread sends itself: it may wait for a client
    /// that does not read, as its language server then does.
    private void hand(String message) {
        DeferredWork.run(() -> listener.said(this, message));
    }

    private String exitReason() {
        try {
            return process.waitFor(EXIT_WAIT.toMillis(), TimeUnit.MILLISECONDS)
                    ? "it ended with code " + process.exitValue()
                    : "it closed its output";
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "the server is stopping";
        }
    }

    /// Keeps the pipe empty. Only the first lines are logged, cut, and only where debugging is on,
    /// since a server may print what it read.
    private void drain() {
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(
                                meter.metered(process.getErrorStream()), StandardCharsets.UTF_8))) {
            var line = new char[STDERR_LINE_CHARACTERS];
            int logged = 0;
            for (int read = lines.read(line); read >= 0; read = lines.read(line)) {
                if (logged++ < STDERR_LINES) {
                    LOG.atDebug()
                            .addKeyValue("event.action", "language.server_complained")
                            .addKeyValue("languageServer", name)
                            .log(new String(line, 0, read));
                }
            }
        } catch (OutputMeter.OutputLimitExceeded outputLimitExceeded) {
            end(String.valueOf(outputLimitExceeded.getMessage()));
        } catch (IOException _) {
            // The process has ended.
            return;
        }
    }
}

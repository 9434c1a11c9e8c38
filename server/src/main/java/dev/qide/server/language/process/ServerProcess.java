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

/// One running language server: frames in, frames out; its whole process tree is killed at the end.
///
/// It reads, writes and drains stderr on platform threads of its own, so that a server that stops
/// reading or floods delays nobody else. Thread-safe.
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
    private final OutputRateLimit outputLimit;
    private final AtomicReference<@Nullable String> verdict = new AtomicReference<>();
    private final BlockingQueue<String> writing = new ArrayBlockingQueue<>(WRITE_QUEUE_MESSAGES);
    private final AtomicLong writingCharacters = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long startedNanos = System.nanoTime();
    private final Thread writer;

    /// Called on the reading thread for each message; may block, which delays the server.
    public interface Listener {
        /// A message of the server, without its header.
        void received(ServerProcess from, String message);

        /// Called once, after the last message.
        ///
        /// @param reason completes the sentence "The language server stopped: …"
        void ended(ServerProcess which, String reason);
    }

    /// @param name for threads and logs
    ServerProcess(Process process, String name, ServerLimits limits, Listener listener) {
        this.process = process;
        this.name = name;
        this.listener = listener;
        outputLimit = new OutputRateLimit(limits.outputMiBPerMinute());
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
    /// @return false when 4,096 messages or 32 Mi characters are waiting: the server does not read
    public boolean offer(String message) {
        if (writingCharacters.addAndGet(message.length()) > WRITE_QUEUE_CHARACTERS
                && !writing.isEmpty()) {
            writingCharacters.addAndGet(-message.length());
            return false;
        }
        return writing.offer(message);
    }

    /// Ends the server for its behaviour; [Listener#ended] gets the reason.
    ///
    /// @param reason completes the sentence "The language server stopped: …"
    public void end(String reason) {
        verdict.compareAndSet(null, reason);
        close();
    }

    public long pid() {
        return process.pid();
    }

    /// Kills the process and all its descendants. Waits at most half a second for a process that
    /// was only just started.
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
            // The pipe is broken because the process ended; its reader finds that out.
            return;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error defect) {
            // A server that receives nothing any more is of no use.
            end("what it is sent could not be written");
            throw defect;
        }
    }

    private void read() {
        var reason = "it exited";
        try {
            var protocol = new LspBaseProtocol(outputLimit.metered(process.getInputStream()));
            for (var message = protocol.next(); message != null; message = protocol.next()) {
                deliver(message);
            }
            reason = exitReason();
        } catch (LspBaseProtocol.MalformedFrame malformedFrame) {
            reason = String.valueOf(malformedFrame.getMessage());
        } catch (OutputRateLimit.OutputLimitExceeded outputLimitExceeded) {
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

    /// This thread also sends what the message makes the server send. It may wait for a client that
    /// does not read, and the client's language server waits with it.
    private void deliver(String message) {
        DeferredWork.run(() -> listener.received(this, message));
    }

    private String exitReason() {
        try {
            return process.waitFor(EXIT_WAIT.toMillis(), TimeUnit.MILLISECONDS)
                    ? "it exited with code " + process.exitValue()
                    : "it closed its output";
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "the server is stopping";
        }
    }

    /// Keeps the pipe empty. Only the first lines are logged, truncated, and only at debug level,
    /// since a server may print file content.
    private void drain() {
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(
                                outputLimit.metered(process.getErrorStream()),
                                StandardCharsets.UTF_8))) {
            var line = new char[STDERR_LINE_CHARACTERS];
            int logged = 0;
            for (int read = lines.read(line); read >= 0; read = lines.read(line)) {
                if (logged++ < STDERR_LINES) {
                    LOG.atDebug()
                            .addKeyValue("event.action", "language.stderr_received")
                            .addKeyValue("languageServer", name)
                            .log(new String(line, 0, read));
                }
            }
        } catch (OutputRateLimit.OutputLimitExceeded outputLimitExceeded) {
            end(String.valueOf(outputLimitExceeded.getMessage()));
        } catch (IOException _) {
            // The process has ended.
            return;
        }
    }
}

package dev.qide.server.terminal;

import static dev.qide.server.terminal.TerminalLimits.OUTPUT_CHARACTERS;
import static dev.qide.server.terminal.TerminalLimits.PACE;
import static dev.qide.server.terminal.TerminalLimits.PACE_BYTES;
import static dev.qide.server.terminal.TerminalLimits.WINDOW_CHARACTERS;

import dev.qide.server.language.SandboxedProgram;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TerminalExitParams;
import dev.qide.wire.TerminalExitParams.Reason;
import dev.qide.wire.TerminalOutputParams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One pseudoterminal with its program, and the client that shows it.
///
/// One platform thread reads, writes and sends; other threads change what the lock guards, and wake
/// it. To slow the program down, its output is not read: while the client has not acknowledged
/// [TerminalLimits#WINDOW_CHARACTERS], and above a maximum rate. Without a client the program
/// continues, and the [Scrollback] keeps the end of its output.
final class Terminal {
    private static final Pty.Ready NOTHING = new Pty.Ready(false, false);
    private static final String MOVED = "Another window shows the terminal now.";

    private final String id;
    private final Pty pty;
    private final SandboxedProgram program;
    private final TerminalLimits limits;
    private final Utf8Decoder decoder = new Utf8Decoder();

    /// Guards the fields below it; nobody waits while holding it.
    private final Object lock = new Object();

    private final Scrollback scrollback = new Scrollback();
    private final InputQueue input = new InputQueue();
    private @Nullable TerminalClient client;
    private boolean isFlowing;
    private long sent;
    private long acknowledged;
    private long detachedNanos = System.nanoTime();
    private @Nullable WindowSize newSize;
    private @Nullable End end;
    private boolean isDismissed;
    private boolean isOver;

    // Owned by the thread.
    private long paceNanos = System.nanoTime();
    private int paceBytes;

    private record End(Reason reason, String message) {}

    Terminal(String id, Pty pty, SandboxedProgram program, TerminalLimits limits) {
        this.id = id;
        this.pty = pty;
        this.program = program;
        this.limits = limits;
        program.onExit(this::wake);
    }

    /// Sends the output to a client from now on.
    ///
    /// Another client that had it learns that it has lost it.
    ///
    /// @param after the position up to which the client has it
    /// @return what the client must know; the output follows after [#begin]
    Attachment attach(TerminalClient to, long after, WindowSize size) {
        synchronized (lock) {
            if (isOver) {
                throw new FailureException(Failure.TERMINAL_UNKNOWN);
            }
            if (client != null && !client.equals(to)) {
                client.ended(new TerminalExitParams(id, null, Reason.MOVED, MOVED));
            }
            boolean isKept = after >= scrollback.first() && after <= scrollback.end();
            sent = isKept ? after : scrollback.first();
            acknowledged = sent;
            client = to;
            isFlowing = false;
            newSize = size;
            return new Attachment(id, "", sent, input.typed(), this);
        }
    }

    void begin() {
        synchronized (lock) {
            isFlowing = client != null;
            wake();
        }
    }

    /// The connection of a client was lost; another one may attach.
    void detach(TerminalClient from) {
        synchronized (lock) {
            if (from.equals(client)) {
                client = null;
                isFlowing = false;
                detachedNanos = System.nanoTime();
                wake();
            }
        }
    }

    boolean isAttached() {
        synchronized (lock) {
            return client != null;
        }
    }

    void acknowledge(TerminalClient from, long position) {
        synchronized (lock) {
            if (from.equals(client) && position > acknowledged && position <= sent) {
                acknowledged = position;
                wake();
            }
        }
    }

    /// Takes input that was not taken before, so that a client may send again what it sent on a
    /// lost connection.
    ///
    /// @param position the number of UTF-16 units of input before the text
    /// @throws FailureException `TERMINAL_INPUT_FULL`, `TERMINAL_UNKNOWN` for a client to which the
    ///   terminal is not attached, `INVALID_PARAMS` when input before the position is missing
    void input(TerminalClient from, long position, String text) {
        synchronized (lock) {
            if (isOver || !from.equals(client)) {
                throw new FailureException(Failure.TERMINAL_UNKNOWN);
            }
            input.add(position, text);
            wake();
        }
    }

    void resize(WindowSize size) {
        synchronized (lock) {
            newSize = size;
            wake();
        }
    }

    /// Ends the program; the first reason counts. A shell that has exited is not kept for its
    /// person then. Does not block.
    void end(Reason reason, String message) {
        synchronized (lock) {
            if (end == null) {
                end = new End(reason, message);
            } else if (reason != Reason.EXITED) {
                isDismissed = true;
            }
            wake();
        }
    }

    /// Runs the terminal to its end, on its own thread.
    ///
    /// @return the reason
    /// @throws IOException when the pseudoterminal fails; the client knows that then
    Reason run() throws IOException {
        try {
            while (!isEnding() && !program.hasEnded()) {
                step();
            }
            hangUp();
            return deliverEnd();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Reason.SERVER;
        } finally {
            abort();
        }
    }

    /// Kills the program, and reports that to a client which does not know it yet.
    void abort() {
        program.kill();
        synchronized (lock) {
            if (!isOver && client != null && isFlowing) {
                client.ended(exit(Reason.FAILED));
            }
            isOver = true;
            try {
                pty.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    private void step() throws IOException {
        applySize();
        var ready = pty.await(wanted(), waitMilliseconds());
        if (ready.isWritable()) {
            writeInput();
        }
        if (ready.isReadable()) {
            readOutput();
        }
        send(WINDOW_CHARACTERS);
        if (isAbandoned()) {
            end(Reason.ABANDONED, "Nobody attached to the terminal in time.");
        }
    }

    /// A shell ends by SIGHUP; what ignores it is killed after a grace period.
    private void hangUp() throws IOException, InterruptedException {
        if (program.hasEnded()) {
            // All that it wrote is in the buffer of the kernel.
            while (readOutput() > 0) {
                send(WINDOW_CHARACTERS);
            }
            end(Reason.EXITED, "The shell exited.");
        }
        pty.hangUp();
        if (reason() != Reason.LIMIT) {
            var _ = program.await(limits.grace());
        }
        program.kill();
    }

    /// Sends the rest, and the end, to the client; without one, waits for it for a bounded time.
    private Reason deliverEnd() throws IOException {
        while (true) {
            synchronized (lock) {
                var reason = reason();
                var to = client;
                if (to != null && isFlowing) {
                    send(Scrollback.CHARACTERS);
                    isOver = true;
                    to.ended(exit(reason));
                    return reason;
                }
                // Whoever comes back after its own shell's exit sees what it printed.
                boolean isAwaited = (reason == Reason.EXITED && !isDismissed) || to != null;
                if (!isAwaited || isAbandoned()) {
                    isOver = true;
                    return reason;
                }
            }
            var _ = pty.await(NOTHING, waitMilliseconds());
        }
    }

    private TerminalExitParams exit(Reason reason) {
        boolean hasCode = reason == Reason.EXITED && program.hasEnded();
        var message = end == null ? "The terminal failed. Open another one." : end.message();
        return new TerminalExitParams(id, hasCode ? program.exitCode() : null, reason, message);
    }

    private boolean isEnding() {
        synchronized (lock) {
            return end != null;
        }
    }

    private Reason reason() {
        synchronized (lock) {
            return end == null ? Reason.FAILED : end.reason();
        }
    }

    private boolean isAbandoned() {
        synchronized (lock) {
            return client == null && millisecondsOf(limits.detached(), detachedNanos) <= 0;
        }
    }

    private void applySize() throws IOException {
        WindowSize size;
        synchronized (lock) {
            size = newSize;
            newSize = null;
        }
        if (size != null) {
            pty.resize(size);
        }
    }

    private Pty.Ready wanted() {
        synchronized (lock) {
            boolean hasRoom = client == null || scrollback.end() - acknowledged < WINDOW_CHARACTERS;
            return new Pty.Ready(hasRoom && paceMilliseconds() <= 0, !input.isEmpty());
        }
    }

    /// Until the next thing to do besides events; negative for none.
    private int waitMilliseconds() {
        synchronized (lock) {
            long wait = paceMilliseconds();
            if (client == null) {
                long left = Math.max(1, millisecondsOf(limits.detached(), detachedNanos));
                wait = wait > 0 ? Math.min(wait, left) : left;
            }
            return wait > 0 ? (int) Math.min(wait, Integer.MAX_VALUE) : -1;
        }
    }

    /// How long reading must pause to keep the maximum rate; not positive if it need not.
    private long paceMilliseconds() {
        long left = millisecondsOf(PACE, paceNanos);
        if (left <= 0) {
            paceBytes = 0;
            paceNanos = System.nanoTime();
        }
        return paceBytes < PACE_BYTES ? 0 : left;
    }

    private static long millisecondsOf(Duration duration, long sinceNanos) {
        return duration.minusNanos(System.nanoTime() - sinceNanos).toMillis();
    }

    private int readOutput() throws IOException {
        var bytes = pty.read();
        paceBytes += bytes.length;
        var text = decoder.decode(bytes);
        synchronized (lock) {
            scrollback.append(text);
            return bytes.length;
        }
    }

    private void writeInput() throws IOException {
        byte[] next;
        synchronized (lock) {
            next = input.peek();
        }
        if (next == null) {
            return;
        }
        int written = pty.write(next, 0, Math.min(next.length, Pty.BUFFER_BYTES));
        synchronized (lock) {
            input.written(written);
        }
    }

    private void send(int window) {
        synchronized (lock) {
            var to = client;
            if (to == null || !isFlowing) {
                return;
            }
            sent = Math.max(sent, scrollback.first());
            long left = acknowledged + window - sent;
            while (sent < scrollback.end() && left > 0) {
                // A character may be two units.
                int most = (int) Math.min(OUTPUT_CHARACTERS, Math.max(2, left));
                var text = scrollback.from(sent, most);
                to.output(new TerminalOutputParams(id, sent, text));
                sent += text.length();
                left -= text.length();
            }
        }
    }

    /// A terminal that is over has no descriptors any more.
    private void wake() {
        synchronized (lock) {
            if (!isOver) {
                try {
                    pty.wake();
                } catch (IOException impossible) {
                    throw new UncheckedIOException(impossible);
                }
            }
        }
    }
}

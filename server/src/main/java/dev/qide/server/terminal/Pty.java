package dev.qide.server.terminal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/// A pseudoterminal of Linux: the server has one side, a program has the other (`pty(7)`).
///
/// Owned by one thread, except [#wake]. The server keeps the program's side open too, so that the
/// last output of a program is never lost; [#hangUp] closes both, and the kernel then sends SIGHUP
/// to the session of the program.
final class Pty implements AutoCloseable {
    /// Bytes of one read or write.
    static final int BUFFER_BYTES = 8 << 10;

    private static final int NAME_BYTES = 64;

    /// `TIOCSWINSZ` of x86-64 and arm64.
    private static final long SET_WINDOW_SIZE = 0x5414;

    /// `struct winsize` has four `unsigned short`.
    private static final int WINDOW_BYTES = 8;

    /// `struct pollfd`: an int, and two shorts.
    private static final int POLL_BYTES = 8;

    private static final int EVENTS = 4;
    private static final int RESULTS = 6;
    private static final short READABLE = 1;
    private static final short WRITABLE = 4;

    private final PtyCalls calls;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES);
    private final MemorySegment polled = arena.allocate(2 * POLL_BYTES, Integer.BYTES);
    private final AtomicBoolean isHungUp = new AtomicBoolean();
    private final int master;
    private final int program;
    private final int wakeUps;
    private final Path device;

    private Pty(PtyCalls calls, Descriptors opened) {
        this.calls = calls;
        master = opened.master;
        program = opened.program;
        wakeUps = opened.wakeUps;
        device = Path.of(opened.name);
    }

    private static final class Descriptors {
        private int master = -1;
        private int program = -1;
        private int wakeUps = -1;
        private String name = "";

        private void open(PtyCalls calls) throws IOException {
            int flags = PtyCalls.CLOSE_ON_EXEC | PtyCalls.NO_CONTROLLING_TERMINAL;
            master = calls.openMaster(flags | PtyCalls.READ_WRITE | PtyCalls.NON_BLOCKING);
            calls.unlock(master);
            name = calls.nameOf(master, NAME_BYTES);
            program = calls.open(name, flags | PtyCalls.READ_WRITE);
            wakeUps = calls.eventCounter(PtyCalls.CLOSE_ON_EXEC | PtyCalls.NON_BLOCKING);
        }

        private void close(PtyCalls calls) throws IOException {
            for (int descriptor : new int[] {master, program, wakeUps}) {
                if (descriptor >= 0) {
                    calls.close(descriptor);
                }
            }
        }
    }

    /// @throws IOException when the machine has no free pseudoterminal
    static Pty open(PtyCalls calls) throws IOException {
        var opened = new Descriptors();
        try {
            opened.open(calls);
        } catch (IOException failure) {
            opened.close(calls);
            throw failure;
        }
        return new Pty(calls, opened);
    }

    /// The path of the program's side.
    Path device() {
        return device;
    }

    void resize(WindowSize size) throws IOException {
        try (var own = Arena.ofConfined()) {
            var window = own.allocate(WINDOW_BYTES, Short.BYTES);
            window.setAtIndex(ValueLayout.JAVA_SHORT, 0, (short) size.rows());
            window.setAtIndex(ValueLayout.JAVA_SHORT, 1, (short) size.columns());
            calls.control(master, SET_WINDOW_SIZE, window);
        }
    }

    /// What is possible now.
    ///
    /// @param isReadable whether the program has written something
    /// @param isWritable whether the program's side takes input
    record Ready(boolean isReadable, boolean isWritable) {}

    /// Waits until something is possible, [#wake] is called or the time is over.
    ///
    /// @param wanted what to wait for
    /// @param milliseconds negative for any time
    Ready await(Ready wanted, int milliseconds) throws IOException {
        int events = (wanted.isReadable() ? READABLE : 0) | (wanted.isWritable() ? WRITABLE : 0);
        // A negative descriptor is left out.
        polled.set(ValueLayout.JAVA_INT, 0, events == 0 || isHungUp.get() ? -1 : master);
        polled.set(ValueLayout.JAVA_SHORT, EVENTS, (short) events);
        polled.set(ValueLayout.JAVA_SHORT, RESULTS, (short) 0);
        polled.set(ValueLayout.JAVA_INT, POLL_BYTES, wakeUps);
        polled.set(ValueLayout.JAVA_SHORT, POLL_BYTES + EVENTS, READABLE);
        calls.poll(polled, 2, milliseconds);
        if (polled.get(ValueLayout.JAVA_SHORT, POLL_BYTES + RESULTS) != 0) {
            var _ = calls.read(wakeUps, buffer.asSlice(0, Long.BYTES));
        }
        int results = polled.get(ValueLayout.JAVA_SHORT, RESULTS);
        return new Ready((results & READABLE) != 0, (results & WRITABLE) != 0);
    }

    /// The next output of the program, at most [#BUFFER_BYTES]; empty when there is none now.
    byte[] read() throws IOException {
        long count = isHungUp.get() ? 0 : calls.read(master, buffer);
        return count <= 0 ? new byte[0] : buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
    }

    /// Writes input for the program.
    ///
    /// @param length at most [#BUFFER_BYTES]
    /// @return the bytes that it took; 0 when it takes none now
    int write(byte[] bytes, int offset, int length) throws IOException {
        if (isHungUp.get()) {
            return length;
        }
        MemorySegment.copy(bytes, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
        return (int) Math.max(0, calls.write(master, buffer.asSlice(0, length)));
    }

    /// Ends a wait, the present one or the next. Any thread may call it until [#close].
    void wake() throws IOException {
        try (var own = Arena.ofConfined()) {
            var _ = calls.write(wakeUps, own.allocateFrom(ValueLayout.JAVA_LONG, 1));
        }
    }

    /// Ends the terminal for its program, which gets SIGHUP.
    void hangUp() throws IOException {
        if (isHungUp.compareAndSet(false, true)) {
            calls.close(program);
            calls.close(master);
        }
    }

    /// Releases everything; nobody may call another method at the same time.
    @Override
    public void close() throws IOException {
        hangUp();
        calls.close(wakeUps);
        arena.close();
    }
}

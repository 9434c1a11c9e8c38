package dev.qide.server.terminal;

import dev.qide.server.linux.LinuxCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// The functions of Linux's C library that a pseudoterminal needs. Thread-safe.
final class PtyCalls {
    static final int READ_WRITE = 2;
    static final int NO_CONTROLLING_TERMINAL = 0x100;
    static final int NON_BLOCKING = 0x800;
    static final int CLOSE_ON_EXEC = 0x80000;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
    private static final int INTERRUPTED = 4;
    private static final int TRY_AGAIN = 11;

    /// Of `open` and `ioctl`.
    private static final int FIXED_ARGUMENTS = 2;

    private final MethodHandle openMaster;
    private final MethodHandle grant;
    private final MethodHandle unlock;
    private final MethodHandle nameOf;
    private final MethodHandle eventCounter;
    private final MethodHandle poll;
    private final MethodHandle read;
    private final MethodHandle write;
    private final MethodHandle close;
    private final MethodHandle open;
    private final MethodHandle control;

    private PtyCalls(LinuxCalls calls) {
        openMaster = calls.function("posix_openpt", INT);
        grant = calls.function("grantpt", INT);
        unlock = calls.function("unlockpt", INT);
        nameOf = calls.function("ptsname_r", INT, POINTER, LONG);
        eventCounter = calls.function("eventfd", INT, INT);
        poll = calls.function("poll", POINTER, LONG, INT);
        read = calls.sizeFunction("read", INT, POINTER, LONG);
        write = calls.sizeFunction("write", INT, POINTER, LONG);
        close = calls.function("close", INT);
        open = calls.variadicFunction("open", FIXED_ARGUMENTS, POINTER, INT);
        control = calls.variadicFunction("ioctl", FIXED_ARGUMENTS, INT, LONG, POINTER);
    }

    /// The calls of this system; null unless it is Linux on an architecture whose constants are
    /// those above.
    static @Nullable PtyCalls find() {
        var calls = LinuxCalls.find();
        return calls == null ? null : new PtyCalls(calls);
    }

    /// `posix_openpt`.
    int openMaster(int flags) throws IOException {
        return call(state -> (int) openMaster.invokeExact(state, flags));
    }

    /// Makes the other side usable: `grantpt` and `unlockpt`.
    void unlock(int master) throws IOException {
        var _ = call(state -> (int) grant.invokeExact(state, master));
        var _ = call(state -> (int) unlock.invokeExact(state, master));
    }

    /// The path of the other side: `ptsname_r`.
    String nameOf(int master, int bytes) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(bytes);
            int error = call(state -> (int) nameOf.invokeExact(state, master, name, (long) bytes));
            if (error != 0) {
                throw new IOException("error " + error + " of the system");
            }
            return name.getString(0);
        }
    }

    int open(String path, int flags) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(path);
            return call(state -> (int) open.invokeExact(state, name, flags));
        }
    }

    /// `ioctl` with a pointer.
    void control(int descriptor, long request, MemorySegment argument) throws IOException {
        var _ = call(state -> (int) control.invokeExact(state, descriptor, request, argument));
    }

    /// A counter that `poll` waits for: `eventfd`.
    int eventCounter(int flags) throws IOException {
        return call(state -> (int) eventCounter.invokeExact(state, 0, flags));
    }

    /// Waits for a descriptor of the array; returns early when a signal interrupts it.
    void poll(MemorySegment descriptors, long count, int milliseconds) throws IOException {
        var _ = count(state -> (int) poll.invokeExact(state, descriptors, count, milliseconds));
    }

    /// The bytes that were read; 0 at the end, -1 when there are none now.
    long read(int descriptor, MemorySegment buffer) throws IOException {
        return count(
                state -> (long) read.invokeExact(state, descriptor, buffer, buffer.byteSize()));
    }

    /// The bytes that were written; -1 when none can be written now.
    long write(int descriptor, MemorySegment bytes) throws IOException {
        return count(state -> (long) write.invokeExact(state, descriptor, bytes, bytes.byteSize()));
    }

    void close(int descriptor) throws IOException {
        var _ = call(state -> (int) close.invokeExact(state, descriptor));
    }

    @FunctionalInterface
    private interface Call {
        int run(MemorySegment state) throws Throwable;
    }

    @FunctionalInterface
    private interface CountingCall {
        long run(MemorySegment state) throws Throwable;
    }

    private static int call(Call call) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(LinuxCalls.STATE);
            int result = call.run(state);
            if (result < 0) {
                throw new IOException("error " + LinuxCalls.errno(state) + " of the system");
            }
            return result;
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// @return -1 for a call that would block or was interrupted
    private static long count(CountingCall call) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(LinuxCalls.STATE);
            long result = call.run(state);
            if (result >= 0) {
                return result;
            }
            int errno = LinuxCalls.errno(state);
            if (errno == TRY_AGAIN || errno == INTERRUPTED) {
                return -1;
            }
            throw new IOException("error " + errno + " of the system");
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

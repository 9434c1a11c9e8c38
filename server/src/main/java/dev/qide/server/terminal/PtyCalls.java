package dev.qide.server.terminal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The functions of Linux's C library that a pseudoterminal needs. Thread-safe.
///
/// The calls go through java.lang.foreign, which requires `--enable-native-access=ALL-UNNAMED`.
final class PtyCalls {
    static final int READ_WRITE = 2;
    static final int NO_CONTROLLING_TERMINAL = 0x100;
    static final int NON_BLOCKING = 0x800;
    static final int CLOSE_ON_EXEC = 0x80000;

    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
    private static final int INTERRUPTED = 4;
    private static final int TRY_AGAIN = 11;
    private static final int FIXED_ARGUMENTS = 2;

    private final Linker linker = Linker.nativeLinker();
    private final MethodHandle openMaster = handle("posix_openpt", INT, INT);
    private final MethodHandle grant = handle("grantpt", INT, INT);
    private final MethodHandle unlock = handle("unlockpt", INT, INT);
    private final MethodHandle nameOf = handle("ptsname_r", INT, INT, POINTER, LONG);
    private final MethodHandle eventCounter = handle("eventfd", INT, INT, INT);
    private final MethodHandle poll = handle("poll", INT, POINTER, LONG, INT);
    private final MethodHandle read = handle("read", LONG, INT, POINTER, LONG);
    private final MethodHandle write = handle("write", LONG, INT, POINTER, LONG);
    private final MethodHandle close = handle("close", INT, INT);
    private final MethodHandle open = variadic("open", INT, POINTER, INT);
    private final MethodHandle control = variadic("ioctl", INT, INT, LONG, POINTER);

    private PtyCalls() {}

    /// The calls of this system; null unless it is Linux on an architecture whose constants are
    /// those above.
    static @Nullable PtyCalls find() {
        return isKnownSystem() ? new PtyCalls() : null;
    }

    static boolean isKnownSystem() {
        var architecture = System.getProperty("os.arch");
        boolean isKnown = architecture.equals("amd64") || architecture.equals("aarch64");
        return isKnown && "Linux".equals(System.getProperty("os.name"));
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
            var state = arena.allocate(STATE);
            int result = call.run(state);
            if (result < 0) {
                throw new IOException("error " + errno(state) + " of the system");
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
            var state = arena.allocate(STATE);
            long result = call.run(state);
            if (result >= 0) {
                return result;
            }
            int errno = errno(state);
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

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
        return linked(name, FunctionDescriptor.of(result, arguments));
    }

    /// `open` and `ioctl`, which have two fixed arguments.
    private MethodHandle variadic(String name, MemoryLayout result, MemoryLayout... arguments) {
        return linked(
                name,
                FunctionDescriptor.of(result, arguments),
                Linker.Option.firstVariadicArg(FIXED_ARGUMENTS));
    }

    @SuppressWarnings("restricted") // The purpose of this class is native access.
    private MethodHandle linked(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        var all = new Linker.Option[options.length + 1];
        all[0] = Linker.Option.captureCallState("errno");
        System.arraycopy(options, 0, all, 1, options.length);
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, all);
    }
}

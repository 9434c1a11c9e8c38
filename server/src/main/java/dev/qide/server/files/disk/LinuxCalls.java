package dev.qide.server.files.disk;

import dev.qide.server.files.WorkspacePath;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Linux system calls that Java lacks, and the opening of folders and files for them: from the
/// root, folder by folder, without following links. Thread-safe.
///
/// The calls go through java.lang.foreign, which requires `--enable-native-access=ALL-UNNAMED`.
final class LinuxCalls {
    static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    private static final int NO_ENTRY = 2;
    private static final int BUSY = 16;
    private static final int EXISTS = 17;
    private static final int CROSS_DEVICE = 18;
    private static final int NOT_A_FOLDER = 20;
    private static final int INVALID = 22;
    private static final int NO_SYSTEM_CALL = 38;
    private static final int NOT_SUPPORTED = 95;
    private static final int CLOSE_ON_EXEC = 0x80000;

    /// With this flag, opening a pipe that took a file's name does not wait for its other end.
    private static final int NON_BLOCKING = 0x800;

    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final Linker linker = Linker.nativeLinker();
    private final MethodHandle open;
    private final MethodHandle openAt;
    private final MethodHandle close;
    private final int folderFlags;
    private final int fileFlags;

    /// `O_DIRECTORY` and `O_NOFOLLOW` differ by architecture.
    private enum Flags {
        AMD64(0x10000, 0x20000),
        AARCH64(0x4000, 0x8000);

        private final int directory;
        private final int noFollow;

        Flags(int directory, int noFollow) {
            this.directory = directory;
            this.noFollow = noFollow;
        }

        static @Nullable Flags ofThisMachine() {
            return switch (System.getProperty("os.arch")) {
                case "amd64" -> AMD64;
                case "aarch64" -> AARCH64;
                default -> null;
            };
        }
    }

    private LinuxCalls(Flags flags) {
        folderFlags = flags.directory | flags.noFollow | CLOSE_ON_EXEC;
        fileFlags = flags.noFollow | CLOSE_ON_EXEC | NON_BLOCKING;
        open = variadic("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        openAt =
                variadic(
                        "openat",
                        3,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT);
        close = function("close", ValueLayout.JAVA_INT);
    }

    /// The calls of this system; null unless it is Linux on a known architecture.
    static @Nullable LinuxCalls find() {
        var flags = Flags.ofThisMachine();
        return flags == null || !"Linux".equals(System.getProperty("os.name"))
                ? null
                : new LinuxCalls(flags);
    }

    boolean has(String function) {
        return linker.defaultLookup().find(function).isPresent();
    }

    /// A C function that returns an int; its first argument is the memory that receives `errno`.
    MethodHandle function(String name, MemoryLayout... arguments) {
        return handle(name, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /// A C function that returns a `ssize_t`; its first argument is the memory that receives
    /// `errno`.
    MethodHandle sizeFunction(String name, MemoryLayout... arguments) {
        return handle(name, FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments));
    }

    private MethodHandle variadic(String name, int first, MemoryLayout... arguments) {
        return handle(
                name,
                FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
                Linker.Option.firstVariadicArg(first));
    }

    @SuppressWarnings("restricted") // The purpose of this class is native access.
    private MethodHandle handle(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        var all = new Linker.Option[options.length + 1];
        all[0] = Linker.Option.captureCallState("errno");
        System.arraycopy(options, 0, all, 1, options.length);
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, all);
    }

    /// An action in an open folder.
    interface FolderAction<T> {
        T run(Arena arena, int folder) throws Throwable;
    }

    /// Runs an action in the folder of a path, which is opened without following a link.
    <T> T inFolder(Path root, WorkspacePath path, FolderAction<T> action) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int folder = folder(arena, root, path);
            try {
                return action.run(arena, folder);
            } finally {
                close(folder);
            }
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private int folder(Arena arena, Path root, WorkspacePath path) throws Throwable {
        var state = arena.allocate(STATE);
        int folder =
                (int)
                        open.invokeExact(
                                state, arena.allocateFrom(root.toString(), NAMES), folderFlags);
        check(folder, state);
        var segments = path.segments();
        for (var segment : segments.subList(0, segments.size() - 1)) {
            int above = folder;
            try {
                folder = openAt(arena, above, segment, folderFlags);
            } finally {
                close(above);
            }
        }
        return folder;
    }

    /// Opens a file in an open folder for reading; the caller closes the descriptor.
    int file(Arena arena, int folder, String name) throws Throwable {
        return openAt(arena, folder, name, fileFlags);
    }

    private int openAt(Arena arena, int folder, String name, int flags) throws Throwable {
        var state = arena.allocate(STATE);
        int descriptor =
                (int) openAt.invokeExact(state, folder, arena.allocateFrom(name, NAMES), flags);
        check(descriptor, state);
        return descriptor;
    }

    void close(int descriptor) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            int _ = (int) close.invokeExact(arena.allocate(STATE), descriptor);
        }
    }

    /// Checks the result of a call.
    ///
    /// @throws IOException for the error number when the result is negative
    static void check(long result, MemorySegment state) throws IOException {
        if (result >= 0) {
            return;
        }
        int errno = errno(state);
        throw switch (errno) {
            case NO_ENTRY -> new NoSuchFileException(null);
            case EXISTS -> new FileAlreadyExistsException(null);
            case NOT_A_FOLDER -> new NotDirectoryException(null);
            case INVALID, NO_SYSTEM_CALL, NOT_SUPPORTED -> new Renameat2.Unsupported();
            case BUSY, CROSS_DEVICE -> new Renameat2.Mounted();
            default -> new IOException("error " + errno + " of the system");
        };
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }
}

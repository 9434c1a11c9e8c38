package dev.qide.server.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Linux system calls that Java lacks, and the opening of folders and files for them: from the
/// root, folder by folder, without following links. [PathDescriptor] wraps the descriptors that
/// only refer to a file. Thread-safe.
///
/// The calls go through java.lang.foreign, which requires `--enable-native-access=ALL-UNNAMED`.
public final class LinuxCalls {
    /// The layout of the memory that receives `errno` after a call.
    public static final MemoryLayout STATE = Linker.Option.captureStateLayout();

    private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    /// The path is absolute, or relative to the working directory of the process.
    static final int AT_FDCWD = -100;

    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EACCES = 13;
    private static final int EBUSY = 16;
    private static final int EEXIST = 17;
    private static final int EXDEV = 18;
    private static final int ENOTDIR = 20;
    private static final int EINVAL = 22;
    private static final int ENFILE = 23;
    private static final int EMFILE = 24;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;

    /// With this flag, opening a pipe that took a file's name does not wait for its other end.
    private static final int O_NONBLOCK = 0x800;

    /// U+FFFD: stands in a path's text for bytes that the system's encoding cannot decode.
    private static final char REPLACEMENT = '\uFFFD';

    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final Linker linker = Linker.nativeLinker();
    private final MethodHandle open;
    private final MethodHandle openAt;
    private final MethodHandle close;
    private final int folderFlags;
    private final int fileFlags;
    private final int pathFlags;
    private final int rootFlags;

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
            if (!"Linux".equals(System.getProperty("os.name"))) {
                return null;
            }
            return switch (System.getProperty("os.arch")) {
                case "amd64" -> AMD64;
                case "aarch64" -> AARCH64;
                default -> null;
            };
        }
    }

    /// `EINVAL`, `ENOSYS` or `EOPNOTSUPP`: the kernel or the file system does not support the call.
    public static final class Unsupported extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// `EBUSY` or `EXDEV`: the file is a mount point, or both names are on different file systems.
    public static final class Mounted extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private LinuxCalls(Flags flags) {
        folderFlags = flags.directory | flags.noFollow | O_CLOEXEC;
        fileFlags = flags.noFollow | O_CLOEXEC | O_NONBLOCK;
        pathFlags = flags.noFollow | O_CLOEXEC | O_PATH;
        rootFlags = flags.directory | O_CLOEXEC | O_PATH;
        open = variadicFunction("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        openAt =
                variadicFunction(
                        "openat",
                        3,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT);
        close = function("close", ValueLayout.JAVA_INT);
    }

    /// The calls of this system; null unless it is Linux on a known architecture.
    public static @Nullable LinuxCalls find() {
        var flags = Flags.ofThisMachine();
        return flags == null ? null : new LinuxCalls(flags);
    }

    /// Whether [#find] finds the calls.
    public static boolean isKnownSystem() {
        return Flags.ofThisMachine() != null;
    }

    /// Whether the C library has the function.
    public boolean has(String function) {
        return linker.defaultLookup().find(function).isPresent();
    }

    /// A C function that returns an int; its first argument is the memory that receives `errno`.
    public MethodHandle function(String name, MemoryLayout... arguments) {
        return handle(name, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /// A C function that returns a `ssize_t`; its first argument is the memory that receives
    /// `errno`.
    public MethodHandle sizeFunction(String name, MemoryLayout... arguments) {
        return handle(name, FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments));
    }

    /// A variadic C function that returns an int; its first argument is the memory that receives
    /// `errno`.
    ///
    /// @param fixed the number of its fixed arguments, without that memory
    public MethodHandle variadicFunction(String name, int fixed, MemoryLayout... arguments) {
        return handle(
                name,
                FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
                Linker.Option.firstVariadicArg(fixed));
    }

    @SuppressWarnings("restricted") // The purpose of this class is native access.
    private MethodHandle handle(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        var all = new Linker.Option[options.length + 1];
        all[0] = Linker.Option.captureCallState("errno");
        System.arraycopy(options, 0, all, 1, options.length);
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, all);
    }

    /// An action in an open folder. The arena and the descriptor are valid only during the call.
    public interface FolderAction<T> {
        T run(Arena arena, int folder) throws Throwable;
    }

    /// Runs an action in the folder of a path, which is opened without following a link.
    ///
    /// @param path the names of the folders below the root, then that of the entry, which is not
    ///   opened; never empty
    public <T> T inFolder(Path root, List<String> path, FolderAction<T> action) throws IOException {
        return run(arena -> {
            int folder = folder(arena, root, path);
            try {
                return action.run(arena, folder);
            } finally {
                close(folder);
            }
        });
    }

    /// Refers to a folder (`O_PATH`); follows links. The caller closes the descriptor.
    int openFolderPath(Path folder) throws IOException {
        return openPath(AT_FDCWD, folder, rootFlags);
    }

    /// Refers to a folder in an open folder; the caller closes the descriptor.
    int openFolderPath(int folder, Path name) throws IOException {
        return openPath(folder, name, folderFlags | O_PATH);
    }

    /// Refers to whatever has the name in an open folder; the caller closes the descriptor.
    int openPath(int folder, Path name) throws IOException {
        return openPath(folder, name, pathFlags);
    }

    private int openPath(int folder, Path path, int flags) throws IOException {
        return run(arena -> openAt(arena, folder, bytes(arena, path), path.toString(), flags));
    }

    void closePath(int descriptor) throws IOException {
        var _ =
                run(arena -> {
                    close(arena, descriptor);
                    return true;
                });
    }

    private interface ArenaAction<T> {
        T run(Arena arena) throws Throwable;
    }

    private static <T> T run(ArenaAction<T> action) throws IOException {
        try (var arena = Arena.ofConfined()) {
            return action.run(arena);
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// The path's original bytes as a C string, even if the system's encoding cannot decode them.
    private static MemorySegment bytes(Arena arena, Path path) {
        var text = path.toString();
        if (text.indexOf(REPLACEMENT) < 0) {
            return name(arena, text);
        }
        // Only the URI has the bytes. It is absolute, and ends with a slash for a folder.
        var uri = path.toUri().getRawPath();
        int end = uri.length() - (uri.endsWith("/") ? 1 : 0);
        int start =
                path.isAbsolute() || path.getNameCount() > 1
                        ? 0
                        : uri.lastIndexOf('/', end - 1) + 1;
        var escaped = uri.substring(start, end).replace("+", "%2B");
        return arena.allocateFrom(
                URLDecoder.decode(escaped, StandardCharsets.ISO_8859_1),
                StandardCharsets.ISO_8859_1);
    }

    /// A name or path in the encoding of the system, as a C string.
    public static MemorySegment name(Arena arena, String text) {
        // `allocateFrom` accepts only the standard charsets, so the bytes pass through ISO 8859-1.
        return arena.allocateFrom(
                new String(text.getBytes(NAMES), StandardCharsets.ISO_8859_1),
                StandardCharsets.ISO_8859_1);
    }

    private int folder(Arena arena, Path root, List<String> path) throws Throwable {
        var state = arena.allocate(STATE);
        int folder = (int) open.invokeExact(state, name(arena, root.toString()), folderFlags);
        check(folder, state, root.toString());
        for (var segment : path.subList(0, path.size() - 1)) {
            int above = folder;
            try {
                folder = openAt(arena, above, segment, folderFlags);
            } finally {
                close(above);
            }
        }
        return folder;
    }

    /// Opens whatever has the name in an open folder for reading, also a named pipe, without
    /// blocking; follows no link. The caller closes the descriptor.
    public int file(Arena arena, int folder, String name) throws Throwable {
        return openAt(arena, folder, name, fileFlags);
    }

    private int openAt(Arena arena, int folder, String name, int flags) throws Throwable {
        return openAt(arena, folder, name(arena, name), name, flags);
    }

    private int openAt(Arena arena, int folder, MemorySegment bytes, String name, int flags)
            throws Throwable {
        var state = arena.allocate(STATE);
        int descriptor;
        do {
            descriptor = (int) openAt.invokeExact(state, folder, bytes, flags);
        } while (descriptor < 0 && errno(state) == EINTR);
        check(descriptor, state, name);
        return descriptor;
    }

    /// Closes a descriptor; ignores errors.
    public void close(int descriptor) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            close(arena, descriptor);
        }
    }

    private void close(Arena arena, int descriptor) throws Throwable {
        int _ = (int) close.invokeExact(arena.allocate(STATE), descriptor);
    }

    /// Throws the exception for `errno` if the result of a call is negative.
    ///
    /// @throws NoSuchFileException for `ENOENT`
    /// @throws FileAlreadyExistsException for `EEXIST`
    /// @throws NotDirectoryException for `ENOTDIR`
    /// @throws AccessDeniedException for `EACCES`
    /// @throws Unsupported for `EINVAL`, `ENOSYS` and `EOPNOTSUPP`
    /// @throws Mounted for `EBUSY` and `EXDEV`
    /// @throws FileSystemException for any other error
    public static void check(long result, MemorySegment state) throws IOException {
        check(result, state, null);
    }

    private static void check(long result, MemorySegment state, @Nullable String file)
            throws IOException {
        if (result >= 0) {
            return;
        }
        int errno = errno(state);
        throw switch (errno) {
            case ENOENT -> new NoSuchFileException(file);
            case EACCES -> new AccessDeniedException(file);
            case EEXIST -> new FileAlreadyExistsException(file);
            case ENOTDIR -> new NotDirectoryException(file);
            case EINVAL, ENOSYS, EOPNOTSUPP -> new Unsupported();
            case EBUSY, EXDEV -> new Mounted();
            case EMFILE, ENFILE -> new FileSystemException(file, null, "too many open files");
            default -> new FileSystemException(file, null, "system error " + errno);
        };
    }

    /// The `errno` that a call left in its state.
    public static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }
}

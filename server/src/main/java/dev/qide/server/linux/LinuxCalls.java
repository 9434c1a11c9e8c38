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
/// root, folder by folder, without following links. [Reference] wraps the descriptors that only
/// refer to a file. Thread-safe.
///
/// The calls go through java.lang.foreign, which requires `--enable-native-access=ALL-UNNAMED`.
public final class LinuxCalls {
    public static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    /// `AT_FDCWD`: the path is absolute, or relative to the working directory of the process.
    static final int WORKING_DIRECTORY = -100;

    private static final int NO_ENTRY = 2;
    private static final int INTERRUPTED = 4;
    private static final int NO_ACCESS = 13;
    private static final int TOO_MANY_IN_SYSTEM = 23;
    private static final int TOO_MANY = 24;
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

    /// `O_PATH`.
    private static final int REFERENCE = 0x200000;

    /// Stands in a path's text for bytes that are no text.
    private static final char REPLACEMENT = '\uFFFD';

    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final Linker linker = Linker.nativeLinker();
    private final MethodHandle open;
    private final MethodHandle openAt;
    private final MethodHandle close;
    private final int folderFlags;
    private final int fileFlags;
    private final int referenceFlags;
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
            return switch (System.getProperty("os.arch")) {
                case "amd64" -> AMD64;
                case "aarch64" -> AARCH64;
                default -> null;
            };
        }
    }

    /// The file system or the kernel does not support the call.
    public static final class Unsupported extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// A file system is mounted at the file, so its name cannot be changed.
    public static final class Mounted extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private LinuxCalls(Flags flags) {
        folderFlags = flags.directory | flags.noFollow | CLOSE_ON_EXEC;
        fileFlags = flags.noFollow | CLOSE_ON_EXEC | NON_BLOCKING;
        referenceFlags = flags.noFollow | CLOSE_ON_EXEC | REFERENCE;
        rootFlags = flags.directory | CLOSE_ON_EXEC | REFERENCE;
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
    public static @Nullable LinuxCalls find() {
        var flags = Flags.ofThisMachine();
        return flags == null || !"Linux".equals(System.getProperty("os.name"))
                ? null
                : new LinuxCalls(flags);
    }

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
    public interface FolderAction<T> {
        T run(Arena arena, int folder) throws Throwable;
    }

    /// Runs an action in the folder of a path, which is opened without following a link.
    ///
    /// @param path the names from the root; the last one is not opened
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
    int folderReference(Path folder) throws IOException {
        return reference(WORKING_DIRECTORY, folder, rootFlags);
    }

    /// Refers to a folder in an open folder; the caller closes the descriptor.
    int folderReference(int folder, Path name) throws IOException {
        return reference(folder, name, folderFlags | REFERENCE);
    }

    /// Refers to whatever has the name in an open folder; the caller closes the descriptor.
    int reference(int folder, Path name) throws IOException {
        return reference(folder, name, referenceFlags);
    }

    private int reference(int folder, Path path, int flags) throws IOException {
        return run(arena -> openAt(arena, folder, bytes(arena, path), path.toString(), flags));
    }

    void closeReference(int descriptor) throws IOException {
        var _ =
                run(arena -> {
                    close(arena, descriptor);
                    return true;
                });
    }

    private interface Calls<T> {
        T run(Arena arena) throws Throwable;
    }

    private static <T> T run(Calls<T> calls) throws IOException {
        try (var arena = Arena.ofConfined()) {
            return calls.run(arena);
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// The path as the system has it, also if it is no text in the system's encoding.
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
        // Of the encodings, a C string can be made from the standard ones only.
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

    /// Opens a file in an open folder for reading; the caller closes the descriptor.
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
        } while (descriptor < 0 && errno(state) == INTERRUPTED);
        check(descriptor, state, name);
        return descriptor;
    }

    public void close(int descriptor) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            close(arena, descriptor);
        }
    }

    private void close(Arena arena, int descriptor) throws Throwable {
        int _ = (int) close.invokeExact(arena.allocate(STATE), descriptor);
    }

    /// Checks the result of a call.
    ///
    /// @throws IOException for the error number when the result is negative
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
            case NO_ENTRY -> new NoSuchFileException(file);
            case NO_ACCESS -> new AccessDeniedException(file);
            case EXISTS -> new FileAlreadyExistsException(file);
            case NOT_A_FOLDER -> new NotDirectoryException(file);
            case INVALID, NO_SYSTEM_CALL, NOT_SUPPORTED -> new Unsupported();
            case BUSY, CROSS_DEVICE -> new Mounted();
            case TOO_MANY, TOO_MANY_IN_SYSTEM ->
                    new FileSystemException(file, null, "too many open files");
            default -> new FileSystemException(file, null, "error " + errno + " of the system");
        };
    }

    public static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }
}

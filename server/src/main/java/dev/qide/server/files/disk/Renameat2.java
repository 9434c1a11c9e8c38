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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Linux's `renameat2`, which exchanges two names of a folder as one step or renames only if the
/// new name is free, and `mkdirat`. The folder is reached from the root without following a link.
/// Thread-safe.
///
/// It is called through java.lang.foreign, so java is started with
/// `--enable-native-access=ALL-UNNAMED`. Where the system has no such call [#find()] has nothing,
/// and where a file system cannot do it [Unsupported] is thrown.
public final class Renameat2 {
    private static final int NO_REPLACE = 1;
    private static final int EXCHANGE = 2;
    private static final int NO_ENTRY = 2;
    private static final int EXISTS = 17;
    private static final int NOT_A_FOLDER = 20;
    private static final int INVALID = 22;
    private static final int NO_SYSTEM_CALL = 38;
    private static final int NOT_SUPPORTED = 95;

    /// All rights, of which the process's umask takes its own.
    private static final int FOLDER_MODE = 0777;

    /// `O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC` by architecture (asm-generic, and arm64's own).
    private static final Map<String, Integer> FOLDER_FLAGS =
            Map.of(
                    "amd64", 0x10000 | 0x20000 | 0x80000,
                    "aarch64", 0x4000 | 0x8000 | 0x80000);

    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    private final MethodHandle open;
    private final MethodHandle openAt;
    private final MethodHandle close;
    private final MethodHandle rename;
    private final MethodHandle makeFolderAt;
    private final int folderFlags;

    /// The file system, or the kernel, cannot do this.
    public static final class Unsupported extends IOException {
        private static final long serialVersionUID = 1L;
    }

    @SuppressWarnings("restricted") // Native access is what this class is for.
    private Renameat2(Linker linker, MemorySegment renameAt2, int folderFlags) {
        this.folderFlags = folderFlags;
        var lookup = linker.defaultLookup();
        var state = Linker.Option.captureCallState("errno");
        open =
                linker.downcallHandle(
                        lookup.findOrThrow("open"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                        state,
                        Linker.Option.firstVariadicArg(2));
        openAt =
                linker.downcallHandle(
                        lookup.findOrThrow("openat"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT),
                        state,
                        Linker.Option.firstVariadicArg(3));
        close =
                linker.downcallHandle(
                        lookup.findOrThrow("close"),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        rename =
                linker.downcallHandle(
                        renameAt2,
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT),
                        state);
        makeFolderAt =
                linker.downcallHandle(
                        lookup.findOrThrow("mkdirat"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT),
                        state);
    }

    /// What this system has, or null.
    public static @Nullable Renameat2 find() {
        var flags = FOLDER_FLAGS.get(System.getProperty("os.arch"));
        if (flags == null || !"Linux".equals(System.getProperty("os.name"))) {
            return null;
        }
        var linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("renameat2")
                .map(address -> new Renameat2(linker, address, flags))
                .orElse(null);
    }

    /// Exchanges the file at the path and another of its folder.
    ///
    /// @throws NoSuchFileException when one of both is not there
    public void exchange(Path root, WorkspacePath path, String other) throws IOException {
        rename(root, path, other, EXCHANGE);
    }

    /// Gives another file of its folder the path's name.
    ///
    /// @throws FileAlreadyExistsException when the name is taken
    public void place(Path root, WorkspacePath path, String other) throws IOException {
        rename(root, path, other, NO_REPLACE);
    }

    /// Gives a file or folder another name, perhaps in another folder.
    ///
    /// @throws FileAlreadyExistsException when the name is taken
    public void move(Path root, WorkspacePath from, WorkspacePath to) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int source = folder(arena, root, from);
            try {
                int target = folder(arena, root, to);
                try {
                    rename(arena, source, from.name(), target, to.name(), NO_REPLACE);
                } finally {
                    int _ = (int) close.invokeExact(target);
                }
            } finally {
                int _ = (int) close.invokeExact(source);
            }
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// Makes a folder; the one above it has to be there.
    ///
    /// @throws FileAlreadyExistsException when the name is taken
    /// @throws NotDirectoryException when a name on the way is a link or a file
    public void makeFolder(Path root, WorkspacePath path) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int above = folder(arena, root, path);
            try {
                var state = arena.allocate(STATE);
                var name = arena.allocateFrom(path.name(), NAMES);
                int result = (int) makeFolderAt.invokeExact(state, above, name, FOLDER_MODE);
                check(result, state);
            } finally {
                int _ = (int) close.invokeExact(above);
            }
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void rename(Path root, WorkspacePath path, String other, int flags) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int folder = folder(arena, root, path);
            try {
                rename(arena, folder, other, folder, path.name(), flags);
            } finally {
                int _ = (int) close.invokeExact(folder);
            }
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void rename(Arena arena, int source, String from, int target, String to, int flags)
            throws Throwable {
        var state = arena.allocate(STATE);
        int result =
                (int)
                        rename.invokeExact(
                                state,
                                source,
                                arena.allocateFrom(from, NAMES),
                                target,
                                arena.allocateFrom(to, NAMES),
                                flags);
        check(result, state);
    }

    /// The descriptor of the path's folder.
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
                folder =
                        (int)
                                openAt.invokeExact(
                                        state,
                                        above,
                                        arena.allocateFrom(segment, NAMES),
                                        folderFlags);
                check(folder, state);
            } finally {
                int _ = (int) close.invokeExact(above);
            }
        }
        return folder;
    }

    private static void check(int result, MemorySegment state) throws IOException {
        if (result >= 0) {
            return;
        }
        int errno = (int) ERRNO.get(state, 0L);
        throw switch (errno) {
            case NO_ENTRY -> new NoSuchFileException(null);
            case EXISTS -> new FileAlreadyExistsException(null);
            case NOT_A_FOLDER -> new NotDirectoryException(null);
            case INVALID, NO_SYSTEM_CALL, NOT_SUPPORTED -> new Unsupported();
            default -> new IOException("error " + errno + " of the system");
        };
    }
}

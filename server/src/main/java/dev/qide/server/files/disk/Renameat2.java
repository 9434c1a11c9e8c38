package dev.qide.server.files.disk;

import dev.qide.server.files.WorkspacePath;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
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

    /// All rights, of which the process's umask takes its own.
    private static final int FOLDER_MODE = 0777;

    private final LinuxCalls calls;
    private final MethodHandle rename;
    private final MethodHandle makeFolderAt;

    /// The file system, or the kernel, cannot do this.
    public static final class Unsupported extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// A file system is mounted at this file, so its name cannot be given to another one.
    public static final class Mounted extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private Renameat2(LinuxCalls calls) {
        this.calls = calls;
        rename =
                calls.function(
                        "renameat2",
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT);
        makeFolderAt =
                calls.function(
                        "mkdirat", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    }

    /// What this system has, or null.
    public static @Nullable Renameat2 find() {
        var calls = LinuxCalls.find();
        return calls == null || !calls.has("renameat2") ? null : new Renameat2(calls);
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
            int source = calls.folder(arena, root, from);
            try {
                int target = calls.folder(arena, root, to);
                try {
                    rename(arena, source, from.name(), target, to.name(), NO_REPLACE);
                } finally {
                    calls.close(target);
                }
            } finally {
                calls.close(source);
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
    public void createFolder(Path root, WorkspacePath path) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int above = calls.folder(arena, root, path);
            try {
                var state = arena.allocate(LinuxCalls.STATE);
                var name = arena.allocateFrom(path.name(), LinuxCalls.NAMES);
                int result = (int) makeFolderAt.invokeExact(state, above, name, FOLDER_MODE);
                LinuxCalls.check(result, state);
            } finally {
                calls.close(above);
            }
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void rename(Path root, WorkspacePath path, String other, int flags) throws IOException {
        try (var arena = Arena.ofConfined()) {
            int folder = calls.folder(arena, root, path);
            try {
                rename(arena, folder, other, folder, path.name(), flags);
            } finally {
                calls.close(folder);
            }
        } catch (IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void rename(Arena arena, int source, String from, int target, String to, int flags)
            throws Throwable {
        var state = arena.allocate(LinuxCalls.STATE);
        int result =
                (int)
                        rename.invokeExact(
                                state,
                                source,
                                arena.allocateFrom(from, LinuxCalls.NAMES),
                                target,
                                arena.allocateFrom(to, LinuxCalls.NAMES),
                                flags);
        LinuxCalls.check(result, state);
    }
}

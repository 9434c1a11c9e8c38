package dev.qide.server.files.disk;

import dev.qide.server.files.WorkspacePath;
import dev.qide.server.linux.LinuxCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Linux's `renameat2`, which atomically exchanges two names or renames only to a free name, and
/// `mkdirat`. Folders are opened from the root without following links. Thread-safe.
///
/// On systems without the call, [#find()] returns null; on file systems without support, the
/// methods throw [LinuxCalls.Unsupported].
public final class Renameat2 {
    private static final int NO_REPLACE = 1;
    private static final int EXCHANGE = 2;

    /// All permissions, before the process's umask.
    private static final int FOLDER_MODE = 0777;

    private final LinuxCalls calls;
    private final MethodHandle rename;
    private final MethodHandle makeFolderAt;

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

    /// The calls of this system; null where it has none.
    public static @Nullable Renameat2 find() {
        var calls = LinuxCalls.find();
        return calls == null || !calls.has("renameat2") ? null : new Renameat2(calls);
    }

    /// Exchanges the file at the path with another file in its folder.
    ///
    /// @throws NoSuchFileException when one of them does not exist
    public void exchange(Path root, WorkspacePath path, String other) throws IOException {
        rename(root, path, other, EXCHANGE);
    }

    /// Renames another file in its folder to the path's name.
    ///
    /// @throws FileAlreadyExistsException when the name is taken
    public void place(Path root, WorkspacePath path, String other) throws IOException {
        rename(root, path, other, NO_REPLACE);
    }

    /// Renames a file or folder, possibly into another folder.
    ///
    /// @throws FileAlreadyExistsException when the name is taken
    public void move(Path root, WorkspacePath from, WorkspacePath to) throws IOException {
        var _ =
                calls.inFolder(
                        root,
                        from.segments(),
                        (arena, source) ->
                                calls.inFolder(
                                        root,
                                        to.segments(),
                                        (_, target) ->
                                                rename(
                                                        arena,
                                                        new Name(source, from.name()),
                                                        new Name(target, to.name()),
                                                        NO_REPLACE)));
    }

    /// Creates a folder; its parent must exist.
    ///
    /// @throws FileAlreadyExistsException when the name is taken
    /// @throws NotDirectoryException when a part of the path is a link or a file
    public void createFolder(Path root, WorkspacePath path) throws IOException {
        var _ =
                calls.inFolder(
                        root,
                        path.segments(),
                        (arena, parent) -> {
                            var state = arena.allocate(LinuxCalls.STATE);
                            var name = LinuxCalls.name(arena, path.name());
                            int result =
                                    (int)
                                            makeFolderAt.invokeExact(
                                                    state, parent, name, FOLDER_MODE);
                            LinuxCalls.check(result, state);
                            return true;
                        });
    }

    private void rename(Path root, WorkspacePath path, String other, int flags) throws IOException {
        var _ =
                calls.inFolder(
                        root,
                        path.segments(),
                        (arena, folder) ->
                                rename(
                                        arena,
                                        new Name(folder, other),
                                        new Name(folder, path.name()),
                                        flags));
    }

    /// A name in an open folder.
    private record Name(int folder, String value) {}

    /// @return true, since it throws when it fails
    private boolean rename(Arena arena, Name from, Name to, int flags) throws Throwable {
        var state = arena.allocate(LinuxCalls.STATE);
        int result =
                (int)
                        rename.invokeExact(
                                state,
                                from.folder(),
                                LinuxCalls.name(arena, from.value()),
                                to.folder(),
                                LinuxCalls.name(arena, to.value()),
                                flags);
        LinuxCalls.check(result, state);
        return true;
    }
}

package dev.qide.server.files;

import dev.qide.server.linux.LinuxCalls;
import dev.qide.server.linux.OpenFolder;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Creates, moves and removes the names of files and folders below one directory, each atomically,
/// without following links and without overwriting anything. Thread-safe.
public final class DiskTree {
    /// The maximum depth of a folder that is deleted; deeper content stays under its temporary
    /// name.
    private static final int DELETE_DEPTH = 256;

    private final Path root;
    private final DirectoryHandles directoryHandles;
    private final Supplier<String> temporaryName;

    /// A file or folder.
    ///
    /// @param key the system's identity of the file, whatever its name; empty where there is none
    record Entry(boolean isFolder, String key, long bytes) {}

    DiskTree(Path root, DirectoryHandles directoryHandles, Supplier<String> temporaryName) {
        this.root = root;
        this.directoryHandles = directoryHandles;
        this.temporaryName = temporaryName;
    }

    /// The file or folder of this name, or null.
    ///
    /// @throws FailureException `PATH_ILLEGAL` when it is a link or a special file
    @Nullable Entry find(WorkspacePath path) {
        try {
            return directoryHandles.in(
                    path, (folder, name) -> found(DirectoryHandles.attributes(folder, name)));
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return null;
            }
            throw failure;
        }
    }

    private static Entry found(BasicFileAttributes attributes) {
        if (!attributes.isDirectory()) {
            DirectoryHandles.requireFile(attributes);
        }
        var key = attributes.fileKey();
        return new Entry(
                attributes.isDirectory(), key == null ? "" : key.toString(), attributes.size());
    }

    /// Creates a folder; its parent must exist.
    ///
    /// @throws FailureException `FILE_EXISTS`, `PATH_ILLEGAL` when a name on the way is a link
    void makeFolder(WorkspacePath path) {
        if (!isManaged(path)) {
            throw exists(path);
        }
    }

    /// Creates a folder unless it exists.
    ///
    /// @throws FailureException `PATH_ILLEGAL` when something other than a folder has the name
    void requireFolder(WorkspacePath path) {
        var isThere = isFolder(path) || isManaged(path);
        if (!isThere && !isFolder(path)) {
            // It was created and deleted again meanwhile.
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
    }

    private boolean isFolder(WorkspacePath path) {
        try {
            return directoryHandles.in(
                    path,
                    (folder, name) -> {
                        DirectoryHandles.requireFolder(DirectoryHandles.attributes(folder, name));
                        return true;
                    });
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return false;
            }
            throw failure;
        }
    }

    /// @return false when the name is taken
    private boolean isManaged(WorkspacePath path) {
        var system = Disk.renameat2();
        try {
            if (system == null) {
                return directoryHandles.in(path, this::isMovedIn);
            }
            system.createFolder(root, path);
            return true;
        } catch (FileAlreadyExistsException _) {
            return false;
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /// Without a known `mkdirat`, the folder is created at the top, which nobody in the workspace
    /// can exchange, and moved to its place by the handles of both folders.
    private boolean isMovedIn(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        try {
            var _ = DirectoryHandles.attributes(folder, name);
            return false;
        } catch (NoSuchFileException _) {
            var fresh = Path.of(temporaryName.get());
            Files.createDirectory(root.resolve(fresh));
            try (var top = OpenFolder.open(root)) {
                top.move(fresh, folder, name);
                return true;
            } catch (IOException failure) {
                Files.deleteIfExists(root.resolve(fresh));
                throw failure;
            }
        }
    }

    /// Renames a file or folder; the parent of the new name must exist.
    ///
    /// @throws FailureException `FILE_EXISTS`, `FILE_UNKNOWN`
    void move(WorkspacePath from, WorkspacePath to) {
        try {
            if (Disk.renameat2() != null) {
                Disk.renameat2().move(root, from, to);
                return;
            }
        } catch (LinuxCalls.Unsupported _) {
            // This file system cannot; the fallback leaves a gap of some microseconds.
        } catch (FileAlreadyExistsException _) {
            throw exists(to);
        } catch (IOException failure) {
            throw failed(failure);
        }
        var _ =
                directoryHandles.in(
                        from,
                        (source, name) ->
                                directoryHandles.in(
                                        to,
                                        (target, other) -> moved(source, name, target, other, to)));
    }

    private static FailureException failed(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> new FailureException(Failure.FILE_UNKNOWN);
            case NotDirectoryException _ -> WorkspacePath.illegal("not-a-folder");
            default -> DirectoryHandles.ioFailure(failure);
        };
    }

    private static boolean moved(
            SecureDirectoryStream<Path> source,
            Path name,
            SecureDirectoryStream<Path> target,
            Path other,
            WorkspacePath to)
            throws IOException {
        try {
            var _ = DirectoryHandles.attributes(target, other);
            throw exists(to);
        } catch (NoSuchFileException _) {
            source.move(name, target, other);
            return true;
        }
    }

    /// Gives a file or folder a temporary name in its folder, which frees its own.
    WorkspacePath moveAside(WorkspacePath path) {
        var aside = path.sibling(temporaryName.get());
        move(path, aside);
        return aside;
    }

    /// Deletes a file or folder that was moved aside, with everything in it. A part that cannot be
    /// deleted keeps its temporary name until the next start.
    void deleteMovedAside(WorkspacePath aside) {
        if (!Disk.isTemporary(aside.name())) {
            throw new IllegalArgumentException("not a temporary name");
        }
        var _ =
                directoryHandles.in(
                        aside,
                        (folder, name) -> {
                            delete(folder, name, 0);
                            return true;
                        });
    }

    /// Deletes a file or folder with everything in it, also in folders that a tool made read-only.
    public static void delete(SecureDirectoryStream<Path> folder, Path name, int depth)
            throws IOException {
        if (!DirectoryHandles.attributes(folder, name).isDirectory()) {
            folder.deleteFile(name);
            return;
        }
        if (depth > DELETE_DEPTH) {
            throw new IOException("the folder is too deep");
        }
        try (var inner = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            DirectoryHandles.letOwnerChange(inner);
            for (var one : inner) {
                delete(inner, one.getFileName(), depth + 1);
            }
        }
        folder.deleteDirectory(name);
    }

    private static FailureException exists(WorkspacePath path) {
        return new FailureException(Failure.FILE_EXISTS, Map.of("path", path.value()));
    }
}

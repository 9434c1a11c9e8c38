package dev.qide.server.files.replication;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.Disk;
import dev.qide.server.files.DiskTree;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.files.disk.DiskFlush;
import dev.qide.server.linux.OpenFolder;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The files, links and folders of a workspace's directory with their modes and times. No call
/// follows a link. Thread-safe; calls block on the disk.
final class DirectoryEntries {
    private static final Set<OpenOption> READ =
            Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> CREATE =
            Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);

    private static final @Nullable DiskFlush FLUSH = DiskFlush.find();

    /// In the order of the bits, from the lowest.
    private static final PosixFilePermission[] BITS = {
        PosixFilePermission.OTHERS_EXECUTE,
        PosixFilePermission.OTHERS_WRITE,
        PosixFilePermission.OTHERS_READ,
        PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.GROUP_WRITE,
        PosixFilePermission.GROUP_READ,
        PosixFilePermission.OWNER_EXECUTE,
        PosixFilePermission.OWNER_WRITE,
        PosixFilePermission.OWNER_READ
    };

    private final Path root;
    private final Disk disk;
    private final DirectoryHandles handles;

    DirectoryEntries(Path root, Disk disk) {
        this.root = root;
        this.disk = disk;
        handles = new DirectoryHandles(root);
    }

    /// Writes the content of a file.
    interface Content {
        void writeTo(SeekableByteChannel channel) throws IOException;
    }

    Path root() {
        return root;
    }

    /// The entry at the path, without the hash of a file; null if there is none, or if it is
    /// neither a file nor a link nor a folder.
    @Nullable Entry find(String path) {
        try {
            return handles.in(
                            new WorkspacePath(path),
                            (folder, name) -> Optional.ofNullable(entry(path, folder, name)))
                    .orElse(null);
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN
                    || failure.failure() == Failure.PATH_ILLEGAL) {
                return null;
            }
            throw failure;
        }
    }

    /// The entry of a name in an open folder, or null.
    @Nullable Entry entry(String path, SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        var now = view(folder, name).readAttributes();
        if (now.isSymbolicLink()) {
            var target = Files.readSymbolicLink(root.resolve(path)).toString();
            return new Entry(path, Kind.LINK, 0, 0, 0, target);
        }
        int mode = bits(now.permissions());
        if (now.isDirectory()) {
            return new Entry(path, Kind.FOLDER, mode, 0, 0, "");
        }
        return now.isRegularFile()
                ? new Entry(path, Kind.FILE, mode, now.size(), micros(now), "")
                : null;
    }

    /// Opens a file for reading; the caller closes it.
    ///
    /// @throws FailureException `FILE_UNKNOWN`, `PATH_ILLEGAL`
    SeekableByteChannel open(String path) {
        return handles.in(
                new WorkspacePath(path), (folder, name) -> folder.newByteChannel(name, READ));
    }

    /// Creates a folder with its parents, in place of files and links.
    void folder(String path) {
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            requireFolder(path.substring(0, end));
        }
        requireFolder(path);
    }

    /// The owner may change what is in the folder afterwards, whatever mode a tool gave it.
    private void requireFolder(String path) {
        var there = find(path);
        var inside = new WorkspacePath(path + "/x");
        if (there == null || there.kind() != Kind.FOLDER) {
            delete(path);
            disk.makeFolders(inside);
        } else if (!permissions(there.mode()).containsAll(DirectoryHandles.OWNER_RIGHTS)) {
            var _ =
                    handles.in(
                            inside,
                            (folder, _) -> {
                                DirectoryHandles.letOwnerChange(folder);
                                return true;
                            });
        }
    }

    /// Creates or replaces a file atomically; its folder must exist.
    ///
    /// @param entry its path, mode and, unless 0, time
    void file(Entry entry, Content content) {
        requireNoFolder(entry.path());
        var _ =
                handles.in(
                        new WorkspacePath(entry.path()),
                        (folder, name) -> {
                            var fresh = Path.of(temporaryName());
                            try {
                                try (var channel = folder.newByteChannel(fresh, CREATE)) {
                                    content.writeTo(channel);
                                    if (FLUSH == null && channel instanceof FileChannel file) {
                                        file.force(true);
                                    }
                                }
                                setProperties(folder, fresh, entry);
                                folder.move(fresh, folder, name);
                                return true;
                            } catch (IOException | RuntimeException failure) {
                                deleteQuietly(folder, fresh);
                                throw failure;
                            }
                        });
    }

    /// Creates or replaces a link. It is created at the top under a temporary name and moved by the
    /// handles of both folders, since Java creates links only by their paths.
    void link(Entry entry) {
        requireNoFolder(entry.path());
        var fresh = Path.of(temporaryName());
        var _ =
                handles.in(
                        new WorkspacePath(entry.path()),
                        (folder, name) -> {
                            Files.createSymbolicLink(root.resolve(fresh), Path.of(entry.content()));
                            try (var top = OpenFolder.open(root)) {
                                top.move(fresh, folder, name);
                            } finally {
                                Files.deleteIfExists(root.resolve(fresh));
                            }
                            return true;
                        });
    }

    /// Sets the mode and, unless it is 0, the time of a file or folder.
    void setProperties(Entry entry) {
        var _ =
                handles.in(
                        new WorkspacePath(entry.path()),
                        (folder, name) -> {
                            setProperties(folder, name, entry);
                            return true;
                        });
    }

    private static void setProperties(SecureDirectoryStream<Path> folder, Path name, Entry entry)
            throws IOException {
        view(folder, name).setPermissions(permissions(entry.mode()));
        if (entry.modified() != 0) {
            folder.getFileAttributeView(
                            name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(FileTime.from(entry.modified(), TimeUnit.MICROSECONDS), null, null);
        }
    }

    /// Flushes all files that were created to the disk.
    void flush() {
        if (FLUSH != null) {
            try {
                FLUSH.flush(root);
            } catch (IOException failure) {
                throw DirectoryHandles.ioFailure(failure);
            }
        }
    }

    /// Deletes whatever is at the path, with everything in it.
    void delete(String path) {
        remove(
                path,
                (folder, name) -> {
                    DiskTree.delete(folder, name, 0);
                    return true;
                });
    }

    /// Deletes a file, a link, or a folder that is empty.
    void deleteUnlessFull(String path) {
        remove(
                path,
                (folder, name) -> {
                    if (!DirectoryHandles.attributes(folder, name).isDirectory()) {
                        folder.deleteFile(name);
                        return true;
                    }
                    try {
                        folder.deleteDirectory(name);
                    } catch (DirectoryNotEmptyException _) {
                        // It has ignored files, which stay.
                    }
                    return true;
                });
    }

    private void remove(String path, DirectoryHandles.FolderAction<Boolean> action) {
        try {
            var _ =
                    handles.in(
                            new WorkspacePath(path),
                            (folder, name) -> {
                                DirectoryHandles.letOwnerChange(folder);
                                return action.run(folder, name);
                            });
        } catch (FailureException failure) {
            if (failure.failure() != Failure.FILE_UNKNOWN
                    && failure.failure() != Failure.PATH_ILLEGAL) {
                throw failure;
            }
            // It is gone with the folder that it was in.
        }
    }

    private void requireNoFolder(String path) {
        var there = find(path);
        if (there != null && there.kind() == Kind.FOLDER) {
            delete(path);
        }
    }

    private static String temporaryName() {
        return Disk.temporaryName(UUID.randomUUID().toString());
    }

    private static void deleteQuietly(SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        try {
            folder.deleteFile(name);
        } catch (NoSuchFileException _) {
            // It was not created.
        }
    }

    private static PosixFileAttributeView view(SecureDirectoryStream<Path> folder, Path name) {
        return folder.getFileAttributeView(
                name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static long micros(BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().to(TimeUnit.MICROSECONDS);
    }

    private static int bits(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (int bit = 0; bit < BITS.length; bit++) {
            mode |= permissions.contains(BITS[bit]) ? 1 << bit : 0;
        }
        return mode;
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        var permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < BITS.length; bit++) {
            if ((mode & (1 << bit)) != 0) {
                permissions.add(BITS[bit]);
            }
        }
        return permissions;
    }
}

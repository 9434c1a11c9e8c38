package dev.qide.server.files;

import dev.qide.server.linux.OpenFolder;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Opens the folders below one directory without following symbolic links (`openat` with
/// `O_NOFOLLOW`) and without waiting for a pipe ([OpenFolder]), and works on a file inside one.
/// Thread-safe.
public final class DirectoryHandles {
    public static final Set<PosixFilePermission> OWNER_RIGHTS =
            Set.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE);

    static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    static final Set<OpenOption> UPDATE =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> CREATE =
            Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);

    /// The reason of `REQUEST_FAILED` when the disk refuses.
    static final String DISK_REFUSED = "the-disk-refused";

    private static final String LINK = "link";
    private static final String NOT_A_FILE = "not-a-file";
    private static final String NOT_A_FOLDER = "not-a-folder";

    /// The reasons of `PATH_ILLEGAL` when something of another kind has the name.
    static final Set<String> OTHER_KINDS = Set.of(LINK, NOT_A_FILE, NOT_A_FOLDER);

    private final Path root;

    /// An action inside the folder of a path.
    public interface FolderAction<T> {
        T run(SecureDirectoryStream<Path> folder, Path name) throws IOException;
    }

    public DirectoryHandles(Path root) {
        this.root = root;
    }

    /// Runs an action in the folder of a path.
    ///
    /// @throws FailureException `FILE_UNKNOWN`, `PATH_ILLEGAL`, `REQUEST_FAILED` when the disk
    ///   refuses
    public <T> T in(WorkspacePath path, FolderAction<T> work) {
        var open = new ArrayDeque<SecureDirectoryStream<Path>>();
        try {
            open.push(top());
            var segments = path.segments();
            for (var segment : segments.subList(0, segments.size() - 1)) {
                var name = resolve(Path.of(""), segment);
                requireFolder(attributes(open.element(), name));
                var inner = open.element().newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
                closeQuietly(open.pop());
                open.push(inner);
            }
            return work.run(open.element(), resolve(Path.of(""), path.name()));
        } catch (NoSuchFileException _) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        } catch (IOException failure) {
            throw ioFailure(failure);
        } finally {
            open.forEach(DirectoryHandles::closeQuietly);
        }
    }

    /// The existing name that equals one of the path's names except for case; null for none.
    ///
    /// @throws FailureException `PATH_ILLEGAL` when a name on the way is not a folder
    @Nullable String clash(WorkspacePath path) {
        var open = new ArrayDeque<SecureDirectoryStream<Path>>();
        try {
            open.push(top());
            var segments = path.segments();
            for (var segment : segments) {
                var name = resolve(Path.of(""), segment);
                BasicFileAttributes now;
                try {
                    now = attributes(open.element(), name);
                } catch (NoSuchFileException _) {
                    return clash(open.element(), segment);
                }
                if (open.size() == segments.size()) {
                    return null;
                }
                requireFolder(now);
                open.push(open.element().newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
            }
            return null;
        } catch (NoSuchFileException _) {
            // The folder was deleted meanwhile, with everything in it.
            return null;
        } catch (IOException | DirectoryIteratorException failure) {
            throw ioFailure(
                    failure instanceof IOException known ? known : new IOException(failure));
        } finally {
            open.forEach(DirectoryHandles::closeQuietly);
        }
    }

    private static @Nullable String clash(SecureDirectoryStream<Path> folder, String name) {
        for (var one : folder) {
            var other = "" + one.getFileName();
            // The same name may have been created meanwhile, with another file in a new folder.
            if (other.equalsIgnoreCase(name) && !other.equals(name)) {
                return other;
            }
        }
        return null;
    }

    /// A missing workspace (a disk that is not mounted) does not mean that its files were deleted.
    private SecureDirectoryStream<Path> top() throws IOException {
        try {
            return OpenFolder.open(root);
        } catch (NoSuchFileException away) {
            throw new IOException("the workspace's directory is not there", away);
        }
    }

    public static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        return folder.getFileAttributeView(
                        name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    /// Gives the owner of an open folder all rights to it: a tool may have made it read-only. A
    /// folder of somebody else stays as it is.
    public static void letOwnerChange(SecureDirectoryStream<Path> folder) throws IOException {
        var view = folder.getFileAttributeView(PosixFileAttributeView.class);
        var permissions = new HashSet<>(view.readAttributes().permissions());
        if (permissions.addAll(OWNER_RIGHTS)) {
            try {
                view.setPermissions(permissions);
            } catch (FileSystemException _) {
                // The change itself finds out whether it is permitted.
            }
        }
    }

    static void requireFile(BasicFileAttributes attributes) {
        if (attributes.isDirectory()) {
            throw new FailureException(Failure.IS_A_FOLDER);
        }
        if (!attributes.isRegularFile()) {
            throw WorkspacePath.illegal(attributes.isSymbolicLink() ? LINK : NOT_A_FILE);
        }
    }

    static void requireFolder(BasicFileAttributes attributes) {
        if (!attributes.isDirectory()) {
            throw WorkspacePath.illegal(attributes.isSymbolicLink() ? LINK : NOT_A_FOLDER);
        }
    }

    static byte[] content(SeekableByteChannel channel, int limitBytes) throws IOException {
        long size = channel.size();
        if (size > limitBytes) {
            throw new FailureException(Failure.FILE_TOO_LARGE, Map.of("limit", "" + limitBytes));
        }
        var buffer = ByteBuffer.allocate((int) size);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        var bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }

    static void write(SecureDirectoryStream<Path> folder, Path name, byte[] bytes)
            throws IOException {
        try (var channel = folder.newByteChannel(name, CREATE)) {
            write(channel, bytes);
        }
    }

    /// Writes a file completely and flushes it to the disk.
    static void write(SeekableByteChannel channel, byte[] bytes) throws IOException {
        channel.position(0);
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        channel.truncate(bytes.length);
        if (channel instanceof FileChannel file) {
            file.force(true);
        }
    }

    /// Gives a file the mode and the owner of another file.
    ///
    /// @return false when the owner cannot be set; only root may do that
    static boolean keepModeAndOwner(SecureDirectoryStream<Path> folder, Path from, Path to)
            throws IOException {
        var old = view(folder, from).readAttributes();
        var next = view(folder, to);
        try {
            if (!old.owner().equals(next.getOwner())) {
                next.setOwner(old.owner());
            }
            if (!old.group().equals(next.readAttributes().group())) {
                next.setGroup(old.group());
            }
            next.setPermissions(old.permissions());
            return true;
        } catch (FileSystemException _) {
            return false;
        }
    }

    static PosixFileAttributeView view(SecureDirectoryStream<Path> folder, Path name) {
        return folder.getFileAttributeView(
                name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    /// A name that the system's file names cannot represent (a locale without UTF-8) is illegal.
    static Path resolve(Path folder, String name) {
        try {
            return folder.resolve(name);
        } catch (InvalidPathException _) {
            throw WorkspacePath.illegal("not-in-this-systems-encoding");
        }
    }

    static void deleteQuietly(SecureDirectoryStream<Path> folder, Path name) {
        try {
            folder.deleteFile(name);
        } catch (IOException _) {
            // It was not created, or cannot be deleted; its name is on the ignore list.
        }
    }

    static void closeQuietly(Closeable stream) {
        try {
            stream.close();
        } catch (IOException _) {
            // It was only read.
        }
    }

    /// The system's own message (disk full, not permitted) goes to the log as the cause, not to the
    /// client.
    public static FailureException ioFailure(IOException failure) {
        return new FailureException(
                Failure.REQUEST_FAILED, Map.of("reason", DISK_REFUSED), failure);
    }
}

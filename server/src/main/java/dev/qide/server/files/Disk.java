package dev.qide.server.files;

import dev.qide.server.files.disk.Renameat2;
import dev.qide.server.store.DocumentId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Files below one directory, reached folder by folder from its top without ever following a
/// symbolic link (`openat` with `O_NOFOLLOW`). So nothing outside can be read or written, also when
/// somebody puts a link in place between a look and the use. A file has one name: a path through a
/// link is illegal even if it leads inside. Thread-safe.
public final class Disk {
    private static final String TEMPORARY_PREFIX = ".qide-";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private static final @Nullable Renameat2 EXCHANGE_NAMES = Renameat2.find();

    /// How long a file must have been left alone before it counts as written to its end.
    private static final Duration QUIET = Duration.ofMillis(100);

    private static final Duration LONGEST_UNQUIET = Duration.ofSeconds(1);

    private final Path root;
    private final DirectoryHandles directoryHandles;
    private final DiskWriter writer;
    private final RandomGenerator random;

    /// How a write ended.
    public enum Written {
        /// The file has the new content; what it had before is under the temporary name.
        EXCHANGED,
        /// The file has the new content; what it had before is not kept.
        REPLACED,
        /// Nothing was written: the file is not there, or is not the one that was meant.
        NOTHING
    }

    /// What tells two states of a file apart without reading it.
    public record Stamp(FileTime modified, long bytes, @Nullable Object file) {}

    Disk(Path root, RandomGenerator random) {
        this.root = root;
        directoryHandles = new DirectoryHandles(root);
        writer = new DiskWriter(root, directoryHandles, EXCHANGE_NAMES);
        this.random = random;
    }

    public static boolean isTemporary(String name) {
        return name.startsWith(TEMPORARY_PREFIX) && name.endsWith(TEMPORARY_SUFFIX);
    }

    /// @throws FailureException `FILE_UNKNOWN`, `IS_A_FOLDER`, `FILE_TOO_LARGE`, `PATH_ILLEGAL`
    byte[] read(WorkspacePath path, int limitBytes) {
        return directoryHandles.in(
                path,
                (folder, name) -> {
                    DirectoryHandles.requireFile(DirectoryHandles.attributes(folder, name));
                    try (var channel = folder.newByteChannel(name, DirectoryHandles.READ)) {
                        return DirectoryHandles.content(channel, limitBytes);
                    }
                });
    }

    /// Opens a file for reading; the caller closes it.
    ///
    /// @throws FailureException as `read`
    SeekableByteChannel open(WorkspacePath path) {
        return directoryHandles.in(
                path,
                (folder, name) -> {
                    DirectoryHandles.requireFile(DirectoryHandles.attributes(folder, name));
                    return folder.newByteChannel(name, DirectoryHandles.READ);
                });
    }

    /// The file's stamp, or null when there is no such file.
    @Nullable
    public Stamp stamp(WorkspacePath path) {
        try {
            return directoryHandles.in(
                    path,
                    (folder, name) -> {
                        var now = DirectoryHandles.attributes(folder, name);
                        DirectoryHandles.requireFile(now);
                        return new Stamp(now.lastModifiedTime(), now.size(), now.fileKey());
                    });
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return null;
            }
            throw failure;
        }
    }

    /// Replaces a file's content; what else belongs to the file stays, as with `exchange`.
    ///
    /// @throws FailureException `FILE_READ_ONLY`
    void replace(WorkspacePath path, byte[] bytes) {
        writer.replace(path, bytes, temporaryName());
    }

    /// Gives a file new content by exchanging it with a temporary one of the same folder, so that
    /// what somebody wrote to it until that moment is found under the temporary name. Its owner,
    /// mode, access control list and extended attributes stay. A file that another one cannot take
    /// the place of is written in place: [Written#REPLACED].
    ///
    /// @param temporary a name of the same folder that is free
    /// @param hash of what is to be replaced: it decides where names are not exchanged
    /// @throws FailureException `FILE_READ_ONLY`
    public Written exchange(WorkspacePath path, byte[] bytes, String temporary, String hash) {
        return writer.exchange(path, bytes, temporary, hash);
    }

    /// Writes a file in place again after a write in place was cut.
    public void rewrite(WorkspacePath path, byte[] bytes) {
        writer.rewrite(path, bytes);
    }

    /// Whether the file is there and its owner, or the system, lets nobody of ours write to it.
    boolean isReadOnly(WorkspacePath path) {
        return writer.isReadOnly(path);
    }

    /// @throws FailureException `FILE_READ_ONLY` when the file is there and is read-only
    void requireWritable(WorkspacePath path) {
        if (isReadOnly(path)) {
            throw new FailureException(Failure.FILE_READ_ONLY);
        }
    }

    /// Makes a new file as one step, and the folders it needs.
    ///
    /// @param temporary a name of the same folder that is free
    /// @return false when there is one already
    public boolean place(WorkspacePath path, byte[] bytes, String temporary) {
        makeFolders(path);
        return directoryHandles.in(
                path,
                (folder, name) -> {
                    var fresh = Path.of(temporary);
                    try {
                        DirectoryHandles.write(folder, fresh, bytes);
                        return place(path, folder, name, fresh);
                    } catch (FileAlreadyExistsException _) {
                        DirectoryHandles.deleteQuietly(folder, fresh);
                        return false;
                    } catch (IOException | RuntimeException failure) {
                        DirectoryHandles.deleteQuietly(folder, fresh);
                        throw failure;
                    }
                });
    }

    private boolean place(
            WorkspacePath path, SecureDirectoryStream<Path> folder, Path name, Path fresh)
            throws IOException {
        if (EXCHANGE_NAMES != null) {
            try {
                EXCHANGE_NAMES.place(root, path, fresh.toString());
                return true;
            } catch (Renameat2.Unsupported _) {
                // This file system cannot: what follows leaves a gap of some microseconds.
            }
        }
        try {
            var _ = DirectoryHandles.attributes(folder, name);
            throw new FileAlreadyExistsException(null);
        } catch (NoSuchFileException _) {
            folder.move(fresh, folder, name);
            return true;
        }
    }

    /// A file's bytes once nobody has written to it for a moment, or null when there is none: who
    /// empties a file is about to fill it.
    public byte @Nullable [] readQuiet(WorkspacePath path, int limitBytes)
            throws InterruptedException {
        long end = System.nanoTime() + LONGEST_UNQUIET.toNanos();
        while (true) {
            var before = stamp(path);
            var bytes = before == null ? null : readOrNull(path, limitBytes);
            if (before == null || bytes == null) {
                return null;
            }
            var quietSince = before.modified().toInstant().plus(QUIET);
            if (System.nanoTime() > end
                    || (quietSince.isBefore(Instant.now()) && before.equals(stamp(path)))) {
                return bytes;
            }
            Thread.sleep(QUIET.dividedBy(2));
        }
    }

    /// A file's bytes, or null when there is none.
    public byte @Nullable [] readOrNull(WorkspacePath path, int limitBytes) {
        try {
            return read(path, limitBytes);
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return null;
            }
            throw failure;
        }
    }

    /// Deletes a temporary file, if it is there.
    public void deleteTemporary(WorkspacePath beside, String temporary) {
        if (!isTemporary(temporary)) {
            throw new IllegalArgumentException("not a temporary name");
        }
        var _ =
                directoryHandles.in(
                        beside,
                        (folder, _) -> {
                            DirectoryHandles.deleteQuietly(folder, Path.of(temporary));
                            return true;
                        });
    }

    /// The temporary name that writes of one document use, so that what a killed server left is
    /// found again.
    public static String temporaryOf(DocumentId document) {
        return TEMPORARY_PREFIX + document + TEMPORARY_SUFFIX;
    }

    /// Makes a new file, and the folders it needs.
    ///
    /// @return false when there is one already
    public boolean create(WorkspacePath path, byte[] bytes) {
        makeFolders(path);
        return directoryHandles.in(
                path,
                (folder, name) -> {
                    try {
                        DirectoryHandles.write(folder, name, bytes);
                        return true;
                    } catch (FileAlreadyExistsException _) {
                        return false;
                    }
                });
    }

    /// The existing name that differs from one of the path's only in upper and lower case, or null.
    @Nullable String clash(WorkspacePath path) {
        return directoryHandles.clash(path);
    }

    /// Makes the folders that a path needs.
    void makeFolders(WorkspacePath path) {
        var tree = tree();
        for (int end = path.value().indexOf('/');
                end >= 0;
                end = path.value().indexOf('/', end + 1)) {
            tree.requireFolder(new WorkspacePath(path.value().substring(0, end)));
        }
    }

    /// The same disk's folders and names.
    DiskTree tree() {
        return new DiskTree(root, directoryHandles, this::temporaryName);
    }

    static @Nullable Renameat2 renameat2() {
        return EXCHANGE_NAMES;
    }

    private String temporaryName() {
        var bytes = new byte[12];
        random.nextBytes(bytes);
        return TEMPORARY_PREFIX + HexFormat.of().formatHex(bytes) + TEMPORARY_SUFFIX;
    }
}

package dev.qide.server.files;

import dev.qide.server.files.disk.Renameat2;
import dev.qide.server.linux.LinuxCalls;
import dev.qide.server.store.DocumentId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Files below one directory, reached folder by folder without following symbolic links (`openat`
/// with `O_NOFOLLOW`). Nothing outside can be read or written, even if a link is created between a
/// check and the use. A file has one name: a path through a link is illegal even if it leads
/// inside. Thread-safe.
public final class Disk {
    private static final String TEMPORARY_PREFIX = ".qide-";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private static final @Nullable Renameat2 EXCHANGE_NAMES = Renameat2.find();

    /// How long a file must be unchanged before its content counts as complete.
    private static final Duration QUIET = Duration.ofMillis(100);

    private static final Duration LONGEST_UNQUIET = Duration.ofSeconds(1);

    private final Path root;
    private final DirectoryHandles directoryHandles;
    private final DiskWriter writer;
    private final RandomGenerator random;

    /// The outcome of a write.
    public enum Written {
        /// The file has the new content; its former content is under the temporary name.
        EXCHANGED,
        /// The file has the new content; its former content is not kept.
        REPLACED,
        /// Nothing was written: the file does not exist, or is not the expected one.
        NOTHING
    }

    /// Distinguishes two states of a file without reading it.
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

    /// The stamp of a file; null when the path has no file.
    @Nullable
    public Stamp stamp(WorkspacePath path) {
        try {
            return requiredStamp(path);
        } catch (FailureException failure) {
            if (isNoFile(failure)) {
                return null;
            }
            throw failure;
        }
    }

    private Stamp requiredStamp(WorkspacePath path) {
        return directoryHandles.in(
                path,
                (folder, name) -> {
                    var now = DirectoryHandles.attributes(folder, name);
                    DirectoryHandles.requireFile(now);
                    return new Stamp(now.lastModifiedTime(), now.size(), now.fileKey());
                });
    }

    /// Refuses a path at which no file can be created, since something other than a file has its
    /// name, or something other than a folder has a name above it.
    ///
    /// @throws FailureException `IS_A_FOLDER`, `PATH_ILLEGAL`
    public void requireNothingElse(WorkspacePath path) {
        try {
            var _ = requiredStamp(path);
        } catch (FailureException failure) {
            if (failure.failure() != Failure.FILE_UNKNOWN) {
                throw failure;
            }
        }
    }

    /// Whether a failure says that the path has no file: it has nothing, or something else.
    static boolean isNoFile(FailureException failure) {
        return failure.failure() == Failure.FILE_UNKNOWN || isSomethingElse(failure);
    }

    /// Whether a failure says that the path has a folder, a link or a special file, or that a name
    /// above it is not that of a folder.
    static boolean isSomethingElse(FailureException failure) {
        return switch (failure.failure()) {
            case IS_A_FOLDER -> true;
            case PATH_ILLEGAL ->
                    DirectoryHandles.OTHER_KINDS.contains(
                            failure.tags().getOrDefault("reason", ""));
            default -> false;
        };
    }

    /// Identifies a file among all of its file system, also under another name; null when the path
    /// has no file or the file system has no such ids.
    public @Nullable String id(WorkspacePath path) {
        var stamp = stamp(path);
        var file = stamp == null ? null : stamp.file();
        return file == null ? null : file.toString();
    }

    /// Identifies the directory itself, since another one may be created or mounted at its path;
    /// null when there is none.
    @Nullable
    public Object identity() {
        try {
            return Files.readAttributes(root, BasicFileAttributes.class).fileKey();
        } catch (IOException _) {
            return null;
        }
    }

    /// Replaces a file's content and keeps its other properties, as `exchange` does.
    ///
    /// @throws FailureException `FILE_READ_ONLY`
    void replace(WorkspacePath path, byte[] bytes) {
        writer.replace(path, bytes, temporaryName());
    }

    /// Replaces a file's content by exchanging it with a temporary file of the same folder;
    /// whatever was written to the file until that moment is then under the temporary name. Owner,
    /// mode, access control list and extended attributes are kept. A file that cannot be exchanged
    /// is written in place: [Written#REPLACED].
    ///
    /// @param temporary an unused name of the same folder
    /// @param hash of the expected content; checked where the file system cannot exchange names
    /// @throws FailureException `FILE_READ_ONLY`
    public Written exchange(WorkspacePath path, byte[] bytes, String temporary, String hash) {
        return writer.exchange(path, bytes, temporary, hash);
    }

    /// Writes a file in place again after an interrupted write in place.
    public void rewrite(WorkspacePath path, byte[] bytes) {
        writer.rewrite(path, bytes);
    }

    /// Whether the file exists and its owner or the system does not let this server write it.
    boolean isReadOnly(WorkspacePath path) {
        return writer.isReadOnly(path);
    }

    /// @throws FailureException `FILE_READ_ONLY` when the file exists and is read-only
    void requireWritable(WorkspacePath path) {
        if (isReadOnly(path)) {
            throw new FailureException(Failure.FILE_READ_ONLY);
        }
    }

    /// Creates a new file atomically, with its folders.
    ///
    /// @param temporary an unused name of the same folder
    /// @return false when the file exists already
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
            } catch (LinuxCalls.Unsupported _) {
                // This file system cannot; the fallback leaves a gap of some microseconds.
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

    /// The bytes of a file once it has been unchanged for a moment, since a tool that truncates a
    /// file is about to fill it; null when the path has no file.
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

    /// The bytes of a file; null when the path has no file.
    public byte @Nullable [] readOrNull(WorkspacePath path, int limitBytes) {
        try {
            return read(path, limitBytes);
        } catch (FailureException failure) {
            if (isNoFile(failure)) {
                return null;
            }
            throw failure;
        }
    }

    /// Deletes a temporary file if it exists.
    public void deleteTemporary(WorkspacePath beside, String temporary) {
        if (!isTemporary(temporary)) {
            throw new IllegalArgumentException("not a temporary name");
        }
        try {
            var _ =
                    directoryHandles.in(
                            beside,
                            (folder, _) -> {
                                DirectoryHandles.deleteQuietly(folder, Path.of(temporary));
                                return true;
                            });
        } catch (FailureException failure) {
            if (!isNoFile(failure)) {
                throw failure;
            }
            // The folder is missing too.
        }
    }

    /// The temporary name for writes of one document. It is fixed, so that what a killed server
    /// left is found again.
    public static String temporaryOf(DocumentId document) {
        return TEMPORARY_PREFIX + document + TEMPORARY_SUFFIX;
    }

    /// A temporary name that contains an id.
    public static String temporaryName(String id) {
        return TEMPORARY_PREFIX + id + TEMPORARY_SUFFIX;
    }

    /// Creates a new file atomically, with its folders: nobody sees a part of its content.
    ///
    /// @return false when the file exists already
    public boolean create(WorkspacePath path, byte[] bytes) {
        return place(path, bytes, temporaryName());
    }

    /// The existing name that equals one of the path's names except for case; null for none.
    @Nullable String clash(WorkspacePath path) {
        return directoryHandles.clash(path);
    }

    /// Creates the folders of a path.
    public void makeFolders(WorkspacePath path) {
        var tree = tree();
        for (int end = path.value().indexOf('/');
                end >= 0;
                end = path.value().indexOf('/', end + 1)) {
            tree.requireFolder(new WorkspacePath(path.value().substring(0, end)));
        }
    }

    /// The names of files and folders on the same disk.
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

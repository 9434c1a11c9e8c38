package dev.qide.server.files;

import dev.qide.server.files.Disk.Written;
import dev.qide.server.files.disk.FileProperties;
import dev.qide.server.files.disk.Renameat2;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a file gets new content. Thread-safe.
///
/// As a rule a temporary file gets the content, the owner, the mode and the extended attributes
/// (access control lists are such), and takes the file's name as one step. A file is written in
/// place if that step would part it from something: it has several names, a file system is mounted
/// at it, its folder takes no new file, or one of its properties cannot be given to another file. A
/// write in place that is cut leaves the beginning of the new content before the end of the old.
final class DiskWriter {
    private static final @Nullable FileProperties PROPERTIES = FileProperties.find();
    private static final Set<PosixFilePermission> MAY_WRITE =
            Set.of(
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.GROUP_WRITE,
                    PosixFilePermission.OTHERS_WRITE);

    private final Path root;
    private final DirectoryHandles directoryHandles;
    private final @Nullable Renameat2 renameat2;

    /// Puts a finished temporary file in the place of the old one.
    private interface Exchange {
        Written run() throws IOException;
    }

    DiskWriter(Path root, DirectoryHandles directoryHandles, @Nullable Renameat2 renameat2) {
        this.root = root;
        this.directoryHandles = directoryHandles;
        this.renameat2 = renameat2;
    }

    /// Replaces a file's content whatever it is.
    void replace(WorkspacePath path, byte[] bytes, String temporary) {
        directoryHandles.in(
                path,
                (folder, name) -> {
                    requireWritable(path, folder, name);
                    var target = new Target(path, folder, name, Path.of(temporary));
                    var written =
                            target.exchanged(
                                    bytes,
                                    () -> {
                                        folder.move(target.fresh, folder, name);
                                        return Written.REPLACED;
                                    });
                    return written != null ? written : target.writtenInPlace(bytes, null);
                });
    }

    /// As the method of this name of [Disk].
    Written exchange(WorkspacePath path, byte[] bytes, String temporary, String hash) {
        return directoryHandles.in(
                path,
                (folder, name) -> {
                    try {
                        requireWritable(path, folder, name);
                        var target = new Target(path, folder, name, Path.of(temporary));
                        var written = target.exchanged(bytes, () -> target.exchange(hash));
                        return written != null ? written : target.writtenInPlace(bytes, hash);
                    } catch (NoSuchFileException _) {
                        return Written.NOTHING;
                    }
                });
    }

    /// Writes a file in place whatever it is.
    void rewrite(WorkspacePath path, byte[] bytes) {
        directoryHandles.in(
                path,
                (folder, name) -> {
                    requireWritable(path, folder, name);
                    return new Target(path, folder, name, name).writtenInPlace(bytes, null);
                });
    }

    /// Whether the file is there and may not be written to.
    boolean isReadOnly(WorkspacePath path) {
        try {
            return directoryHandles.in(path, (folder, name) -> isReadOnly(path, folder, name));
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return false;
            }
            throw failure;
        }
    }

    private void requireWritable(WorkspacePath path, SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        if (isReadOnly(path, folder, name)) {
            throw new FailureException(Failure.FILE_READ_ONLY);
        }
    }

    /// Without the bits of the mode root would write to it all the same.
    private boolean isReadOnly(WorkspacePath path, SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        var attributes = DirectoryHandles.view(folder, name).readAttributes();
        if (!attributes.isRegularFile()) {
            return false;
        }
        return Collections.disjoint(attributes.permissions(), MAY_WRITE)
                || (PROPERTIES != null && !PROPERTIES.isWritable(root, path));
    }

    /// A file that gets new content, by a temporary one of its folder or in place.
    private final class Target {
        private final WorkspacePath path;
        private final SecureDirectoryStream<Path> folder;
        private final Path name;
        private final Path fresh;

        Target(WorkspacePath path, SecureDirectoryStream<Path> folder, Path name, Path fresh) {
            this.path = path;
            this.folder = folder;
            this.name = name;
            this.fresh = fresh;
        }

        /// Writes a temporary file and puts it in the file's place.
        ///
        /// @return null when the file has to be written in place; nothing is left beside it then
        @Nullable Written exchanged(byte[] bytes, Exchange exchange) throws IOException {
            if (PROPERTIES != null && PROPERTIES.inode(root, path).isShared()) {
                return null;
            }
            try {
                if (isWrittenBeside(bytes) && isLikeTheOld()) {
                    return exchange.run();
                }
            } catch (Renameat2.Mounted _) {
                // Older kernels do not tell that the file is a mount.
            } catch (IOException | RuntimeException failure) {
                DirectoryHandles.deleteQuietly(folder, fresh);
                throw failure;
            }
            DirectoryHandles.deleteQuietly(folder, fresh);
            return null;
        }

        /// Whether the folder takes a new file.
        private boolean isWrittenBeside(byte[] bytes) throws IOException {
            try {
                DirectoryHandles.write(folder, fresh, bytes);
                return true;
            } catch (FileAlreadyExistsException taken) {
                throw taken;
            } catch (FileSystemException _) {
                return false;
            }
        }

        private boolean isLikeTheOld() throws IOException {
            return DirectoryHandles.keepModeAndOwner(folder, name, fresh)
                    && (PROPERTIES == null || PROPERTIES.copy(root, path, fresh.toString()));
        }

        /// Exchanges the names, or moves the new file over the old one if that has this hash.
        Written exchange(String hash) throws IOException {
            if (renameat2 != null) {
                try {
                    renameat2.exchange(root, path, fresh.toString());
                    if (!DirectoryHandles.attributes(folder, fresh).isRegularFile()) {
                        // A link or a folder took the file's name just now: it gets it back.
                        renameat2.exchange(root, path, fresh.toString());
                        DirectoryHandles.deleteQuietly(folder, fresh);
                        return Written.NOTHING;
                    }
                    return Written.EXCHANGED;
                } catch (Renameat2.Unsupported _) {
                    // This file system cannot: what follows leaves a gap of some microseconds.
                }
            }
            try (var channel = folder.newByteChannel(name, DirectoryHandles.READ)) {
                if (!hasHash(content(channel), hash)) {
                    DirectoryHandles.deleteQuietly(folder, fresh);
                    return Written.NOTHING;
                }
            }
            folder.move(fresh, folder, name);
            return Written.REPLACED;
        }

        /// Overwrites the file. If the disk refuses, for instance because it is full, the file gets
        /// its old content back.
        ///
        /// @param hash of what is to be overwritten; null for anything
        Written writtenInPlace(byte[] bytes, @Nullable String hash) throws IOException {
            DirectoryHandles.requireFile(DirectoryHandles.attributes(folder, name));
            try (var channel = folder.newByteChannel(name, DirectoryHandles.UPDATE)) {
                var old = content(channel);
                if (hash != null && !hasHash(old, hash)) {
                    return Written.NOTHING;
                }
                try {
                    DirectoryHandles.write(channel, bytes);
                } catch (IOException refused) {
                    restore(channel, old, refused);
                    throw refused;
                }
                return Written.REPLACED;
            }
        }

        private static void restore(SeekableByteChannel channel, byte[] old, IOException refused) {
            try {
                DirectoryHandles.write(channel, old);
            } catch (IOException again) {
                refused.addSuppressed(again);
            }
        }

        private static byte[] content(SeekableByteChannel channel) throws IOException {
            return DirectoryHandles.content(channel, WorkspaceFiles.FILE_BYTES);
        }

        private static boolean hasHash(byte[] content, String hash) {
            return FileContent.of(content).hash().equals(hash);
        }
    }
}

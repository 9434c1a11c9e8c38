package dev.qide.server.files;

import dev.qide.server.files.Disk.Written;
import dev.qide.server.files.disk.FileProperties;
import dev.qide.server.files.disk.Renameat2;
import dev.qide.server.linux.LinuxCalls;
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

/// Replaces the content of files. Thread-safe.
///
/// Normally a temporary file gets the content, the owner, the mode and the extended attributes
/// (access control lists included), and atomically takes the file's name. A file is written in
/// place if the exchange would lose something: it has several names, it is a mount point, its
/// folder accepts no new file, or a property cannot be set on another file. A write in place that
/// is interrupted leaves the beginning of the new content before the end of the old.
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

    /// Moves a finished temporary file to the place of the old one.
    private interface Exchange {
        Written run() throws IOException;
    }

    DiskWriter(Path root, DirectoryHandles directoryHandles, @Nullable Renameat2 renameat2) {
        this.root = root;
        this.directoryHandles = directoryHandles;
        this.renameat2 = renameat2;
    }

    /// Replaces a file's content, whatever it is.
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

    /// See the method of this name in [Disk].
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

    /// Writes a file in place, whatever its content.
    void rewrite(WorkspacePath path, byte[] bytes) {
        directoryHandles.in(
                path,
                (folder, name) -> {
                    requireWritable(path, folder, name);
                    return new Target(path, folder, name, name).writtenInPlace(bytes, null);
                });
    }

    /// Whether the file exists and may not be written.
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

    /// Root may write even without the write bits of the mode; the bits count here.
    private boolean isReadOnly(WorkspacePath path, SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        var attributes = DirectoryHandles.view(folder, name).readAttributes();
        if (!attributes.isRegularFile()) {
            return false;
        }
        return Collections.disjoint(attributes.permissions(), MAY_WRITE)
                || (PROPERTIES != null && !PROPERTIES.isWritable(root, path));
    }

    /// A file to be replaced, by a temporary file of its folder or in place.
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

        /// Writes a temporary file and moves it to the file's place.
        ///
        /// @return null when the file must be written in place; no temporary file is left then
        @Nullable Written exchanged(byte[] bytes, Exchange exchange) throws IOException {
            if (PROPERTIES != null && PROPERTIES.inode(root, path).isShared()) {
                return null;
            }
            try {
                if (isWrittenBeside(bytes) && isUnchanged()) {
                    return exchange.run();
                }
            } catch (LinuxCalls.Mounted _) {
                // Older kernels do not report that the file is a mount point.
            } catch (IOException | RuntimeException failure) {
                DirectoryHandles.deleteQuietly(folder, fresh);
                throw failure;
            }
            DirectoryHandles.deleteQuietly(folder, fresh);
            return null;
        }

        /// Whether the folder accepts a new file.
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

        private boolean isUnchanged() throws IOException {
            return DirectoryHandles.keepModeAndOwner(folder, name, fresh)
                    && (PROPERTIES == null || PROPERTIES.copy(root, path, fresh.toString()));
        }

        /// Exchanges the names, or moves the new file over the old one if that has this hash.
        Written exchange(String hash) throws IOException {
            if (renameat2 != null) {
                try {
                    renameat2.exchange(root, path, fresh.toString());
                    if (!DirectoryHandles.attributes(folder, fresh).isRegularFile()) {
                        // A link or a folder took the file's name meanwhile; it gets the name back.
                        renameat2.exchange(root, path, fresh.toString());
                        DirectoryHandles.deleteQuietly(folder, fresh);
                        return Written.NOTHING;
                    }
                    return Written.EXCHANGED;
                } catch (LinuxCalls.Unsupported _) {
                    // This file system cannot; the fallback leaves a gap of some microseconds.
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

        /// Overwrites the file. If the disk refuses, for example because it is full, the old
        /// content is restored.
        ///
        /// @param hash of the expected content; null for any
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

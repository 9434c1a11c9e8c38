package dev.qide.server.linux;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A descriptor that refers to a file or folder without opening it (`O_PATH`).
///
/// Opening one never blocks on a named pipe, and it keeps referring to the same file after a
/// rename. A regular file or a directory is then opened through `/proc/self/fd`; a named pipe is
/// refused, since opening it would block until a program opens its other end.
///
/// Thread-safe, with one condition: close only after [#open], [#read] and every use of [#path] and
/// [#properties] have returned.
final class PathDescriptor implements Closeable {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private static final @Nullable LinuxCalls CALLS =
            Files.isDirectory(DESCRIPTORS) ? LinuxCalls.find() : null;

    private final LinuxCalls calls;
    private final String name;
    private final int descriptor;
    private boolean isClosed;

    private PathDescriptor(LinuxCalls calls, Path name, int descriptor) {
        this.calls = calls;
        this.name = name.toString();
        this.descriptor = descriptor;
    }

    /// Whether path descriptors work here: on Linux on x86-64 and ARM64, with `/proc`.
    static boolean isSupported() {
        return CALLS != null;
    }

    /// Refers to a folder; follows links.
    ///
    /// @throws java.nio.file.NotDirectoryException when it is something else
    static PathDescriptor toFolder(Path folder) throws IOException {
        var calls = Objects.requireNonNull(CALLS);
        return new PathDescriptor(calls, folder, calls.openFolderPath(folder));
    }

    /// Refers to whatever has this path, also to a link.
    static PathDescriptor to(Path path) throws IOException {
        var calls = Objects.requireNonNull(CALLS);
        return new PathDescriptor(calls, path, calls.openPath(LinuxCalls.AT_FDCWD, path));
    }

    /// Refers to a folder in this folder; follows no link.
    ///
    /// @throws java.nio.file.NotDirectoryException when it is something else
    synchronized PathDescriptor folder(Path name) throws IOException {
        requireOpen();
        return new PathDescriptor(calls, name, calls.openFolderPath(descriptor, name));
    }

    /// Refers to whatever has this name in this folder, also to a link.
    synchronized PathDescriptor child(Path name) throws IOException {
        requireOpen();
        return new PathDescriptor(calls, name, calls.openPath(descriptor, name));
    }

    /// Opens the file.
    ///
    /// @throws FileSystemException when it is not a regular file
    SeekableByteChannel open(Set<? extends OpenOption> options) throws IOException {
        requireFile();
        return named(() -> Files.newByteChannel(path(), options));
    }

    /// Opens the file for reading; an interrupt of the thread does not end the reading.
    ///
    /// @throws FileSystemException when it is not a regular file
    InputStream read() throws IOException {
        requireFile();
        return named(() -> Files.newInputStream(path()));
    }

    /// A view for changing the attributes of the file or folder; valid until this is closed.
    ///
    /// @throws FileSystemException when it is neither
    PosixFileAttributeView properties() throws IOException {
        var now = attributes();
        if (!now.isRegularFile() && !now.isDirectory()) {
            throw new FileSystemException(name, null, "neither a file nor a folder");
        }
        return Files.getFileAttributeView(path(), PosixFileAttributeView.class);
    }

    /// A path in `/proc/self/fd` that names this file or folder, even after a rename; valid until
    /// this is closed.
    synchronized Path path() {
        requireOpen();
        return DESCRIPTORS.resolve(Integer.toString(descriptor));
    }

    @Override
    public synchronized void close() throws IOException {
        if (!isClosed) {
            isClosed = true;
            calls.closePath(descriptor);
        }
    }

    interface Opening<T> {
        T run() throws IOException;
    }

    /// Opens the file or folder by its path; failures have its name.
    <T> T named(Opening<T> opening) throws IOException {
        try {
            return opening.run();
        } catch (NoSuchFileException _) {
            throw new NoSuchFileException(name);
        } catch (AccessDeniedException _) {
            throw new AccessDeniedException(name);
        } catch (NotDirectoryException _) {
            throw new NotDirectoryException(name);
        } catch (FileSystemException failure) {
            throw new FileSystemException(name, null, failure.getReason());
        }
    }

    private void requireFile() throws IOException {
        if (!attributes().isRegularFile()) {
            throw new FileSystemException(name, null, "not a regular file");
        }
    }

    private BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(path(), BasicFileAttributes.class);
    }

    /// The number of a closed descriptor may already belong to another file.
    private void requireOpen() {
        if (isClosed) {
            throw new ClosedDirectoryStreamException();
        }
    }
}

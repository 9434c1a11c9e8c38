package dev.qide.server.linux;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A descriptor that refers to a file or folder without opening it (`O_PATH`).
///
/// Taking a reference waits for no other program, and it refers to the same file whatever takes its
/// name afterwards. Only what is known to be a file or a folder is then opened, through its name in
/// `/proc/self/fd`: to open a named pipe would wait until a program opens its other end.
/// Thread-safe.
final class Reference implements Closeable {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private static final @Nullable LinuxCalls CALLS =
            Files.isDirectory(DESCRIPTORS) ? LinuxCalls.find() : null;

    private final LinuxCalls calls;
    private final String name;
    private final int descriptor;
    private boolean isClosed;

    private Reference(LinuxCalls calls, Path name, int descriptor) {
        this.calls = calls;
        this.name = name.toString();
        this.descriptor = descriptor;
    }

    /// Whether this system has references.
    static boolean isSupported() {
        return CALLS != null;
    }

    /// Refers to a folder; follows links.
    ///
    /// @throws java.nio.file.NotDirectoryException when it is something else
    static Reference toFolder(Path folder) throws IOException {
        var calls = Objects.requireNonNull(CALLS);
        return new Reference(calls, folder, calls.folderReference(folder));
    }

    /// Refers to whatever has this path, also to a link.
    static Reference to(Path path) throws IOException {
        var calls = Objects.requireNonNull(CALLS);
        return new Reference(calls, path, calls.reference(LinuxCalls.WORKING_DIRECTORY, path));
    }

    /// Refers to a folder in this folder; follows no link.
    ///
    /// @throws java.nio.file.NotDirectoryException when it is something else
    synchronized Reference folder(Path name) throws IOException {
        requireOpen();
        return new Reference(calls, name, calls.folderReference(descriptor, name));
    }

    /// Refers to whatever has this name in this folder, also to a link.
    synchronized Reference child(Path name) throws IOException {
        requireOpen();
        return new Reference(calls, name, calls.reference(descriptor, name));
    }

    /// Opens the file.
    ///
    /// @throws FileSystemException when it is not a regular file
    SeekableByteChannel open(Set<? extends OpenOption> options) throws IOException {
        requireFile();
        return Files.newByteChannel(path(), options);
    }

    /// Opens the file for reading; an interrupt of the thread does not end the reading.
    ///
    /// @throws FileSystemException when it is not a regular file
    InputStream read() throws IOException {
        requireFile();
        return Files.newInputStream(path());
    }

    /// The properties of the file or folder, for changes.
    ///
    /// @throws FileSystemException when it is neither
    PosixFileAttributeView properties() throws IOException {
        var now = attributes();
        if (!now.isRegularFile() && !now.isDirectory()) {
            throw new FileSystemException(name, null, "neither a file nor a folder");
        }
        return Files.getFileAttributeView(path(), PosixFileAttributeView.class);
    }

    /// The path under which exactly this file or folder can be opened until this is closed.
    synchronized Path path() {
        requireOpen();
        return DESCRIPTORS.resolve(Integer.toString(descriptor));
    }

    @Override
    public synchronized void close() throws IOException {
        if (!isClosed) {
            isClosed = true;
            calls.closeReference(descriptor);
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

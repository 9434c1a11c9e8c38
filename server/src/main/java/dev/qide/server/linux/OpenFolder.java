package dev.qide.server.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A directory stream that opens only regular files and directories.
///
/// Java's own stream opens whatever the name refers to. If a program puts a named pipe there after
/// a check, opening it blocks the thread, and every lock that the thread holds, until somebody
/// opens the other end. This class therefore gets an `O_PATH` descriptor first ([PathDescriptor]),
/// checks its type, and opens the file through it.
public final class OpenFolder implements SecureDirectoryStream<Path> {
    private static final String NOFOLLOW_REQUIRED =
            "requires NOFOLLOW_LINKS, and CREATE_NEW instead of CREATE";

    private final PathDescriptor folder;
    private final SecureDirectoryStream<Path> stream;

    private OpenFolder(PathDescriptor folder, SecureDirectoryStream<Path> stream) {
        this.folder = folder;
        this.stream = stream;
    }

    /// Opens a folder; follows links. The caller closes it. Without `O_PATH` descriptors (not Linux
    /// on x86-64 or ARM64, or no `/proc`), returns Java's stream, which can block on a named pipe.
    ///
    /// @throws java.nio.file.NotDirectoryException when it is something else
    /// @throws IOException also when this system cannot open files relative to a folder
    public static SecureDirectoryStream<Path> open(Path folder) throws IOException {
        return PathDescriptor.isSupported()
                ? opened(PathDescriptor.toFolder(folder))
                : stream(folder);
    }

    /// Opens a regular file for reading. Follows links in the path, but not in its last name.
    /// Interrupting the thread does not stop a read. The caller closes it.
    ///
    /// @throws java.nio.file.FileSystemException when it is not a regular file
    public static InputStream openFile(Path file) throws IOException {
        if (!PathDescriptor.isSupported()) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new NoSuchFileException(file.toString(), null, "not a regular file");
            }
            return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
        }
        try (var reference = PathDescriptor.to(file)) {
            return reference.read();
        }
    }

    private static OpenFolder opened(PathDescriptor folder) throws IOException {
        try {
            return new OpenFolder(folder, folder.named(() -> stream(folder.path())));
        } catch (IOException | RuntimeException failure) {
            folder.close();
            throw failure;
        }
    }

    @SuppressWarnings("StreamResourceLeak") // The caller closes it.
    private static SecureDirectoryStream<Path> stream(Path folder) throws IOException {
        var stream = Files.newDirectoryStream(folder);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("this system cannot open files relative to a folder");
    }

    @Override
    public SecureDirectoryStream<Path> newDirectoryStream(Path name, LinkOption... options)
            throws IOException {
        if (followsLinks(options)) {
            throw new UnsupportedOperationException(NOFOLLOW_REQUIRED);
        }
        return opened(folder.folder(name));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path name, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        var others = new HashSet<OpenOption>(options);
        if (!others.remove(LinkOption.NOFOLLOW_LINKS)
                || others.contains(StandardOpenOption.CREATE)) {
            throw new UnsupportedOperationException(NOFOLLOW_REQUIRED);
        }
        if (others.contains(StandardOpenOption.CREATE_NEW)) {
            return stream.newByteChannel(name, options, attributes);
        }
        try (var file = folder.child(name)) {
            return file.open(others);
        }
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path name, Class<V> type, LinkOption... options) {
        var view = stream.getFileAttributeView(name, PosixFileAttributeView.class, options);
        return view == null
                        || followsLinks(options)
                        || !type.isAssignableFrom(CheckedAttributeView.class)
                ? stream.getFileAttributeView(name, type, options)
                : type.cast(new CheckedAttributeView(name, view));
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(Class<V> type) {
        return stream.getFileAttributeView(type);
    }

    @Override
    public void deleteFile(Path name) throws IOException {
        stream.deleteFile(name);
    }

    @Override
    public void deleteDirectory(Path name) throws IOException {
        stream.deleteDirectory(name);
    }

    @Override
    public void move(Path name, SecureDirectoryStream<Path> target, Path other) throws IOException {
        stream.move(name, target instanceof OpenFolder open ? open.stream : target, other);
    }

    @Override
    public Iterator<Path> iterator() {
        return stream.iterator();
    }

    @Override
    public void close() throws IOException {
        try (folder) {
            stream.close();
        }
    }

    private static boolean followsLinks(LinkOption... options) {
        return !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
    }

    /// Changes attributes through a checked descriptor; Java's view would open whatever the name
    /// refers to.
    private final class CheckedAttributeView implements PosixFileAttributeView {
        private final Path name;
        private final PosixFileAttributeView view;

        CheckedAttributeView(Path name, PosixFileAttributeView view) {
            this.name = name;
            this.view = view;
        }

        private interface Change {
            void on(PosixFileAttributeView properties) throws IOException;
        }

        private void change(Change change) throws IOException {
            try (var file = folder.child(name)) {
                change.on(file.properties());
            }
        }

        @Override
        public String name() {
            return view.name();
        }

        @Override
        public PosixFileAttributes readAttributes() throws IOException {
            return view.readAttributes();
        }

        @Override
        public UserPrincipal getOwner() throws IOException {
            return view.getOwner();
        }

        @Override
        public void setTimes(
                @Nullable FileTime modified,
                @Nullable FileTime accessed,
                @Nullable FileTime created)
                throws IOException {
            change(properties -> properties.setTimes(modified, accessed, created));
        }

        @Override
        public void setOwner(UserPrincipal owner) throws IOException {
            change(properties -> properties.setOwner(owner));
        }

        @Override
        public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
            change(properties -> properties.setPermissions(permissions));
        }

        @Override
        public void setGroup(GroupPrincipal group) throws IOException {
            change(properties -> properties.setGroup(group));
        }
    }
}

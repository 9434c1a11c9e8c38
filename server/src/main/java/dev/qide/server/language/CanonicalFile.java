package dev.qide.server.language;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayDeque;
import java.util.Set;

/// A file by its canonical path: absolute, without a symbolic link in it. It is opened folder by
/// folder from the root without following any link (`openat` with `O_NOFOLLOW`), so that what is
/// read is what was checked, whatever is renamed or linked meanwhile. Immutable.
///
/// @param path what `Path#toRealPath` answered
record CanonicalFile(Path path) {
    private static final Set<java.nio.file.OpenOption> READ =
            Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    /// The first bytes of the file.
    ///
    /// @param mostBytes how many at most
    /// @throws IOException when it is no regular file, is gone, or a link stands in its path now
    byte[] read(int mostBytes) throws IOException {
        var open = new ArrayDeque<SecureDirectoryStream<Path>>();
        try {
            open.push(secure(path.getRoot()));
            for (int i = 0; i < path.getNameCount() - 1; i++) {
                open.push(
                        open.element()
                                .newDirectoryStream(path.getName(i), LinkOption.NOFOLLOW_LINKS));
            }
            return read(open.element(), path.getFileName(), mostBytes);
        } finally {
            for (var stream : open) {
                stream.close();
            }
        }
    }

    private static byte[] read(SecureDirectoryStream<Path> folder, Path name, int mostBytes)
            throws IOException {
        // A device or a pipe is not even opened: reading one may wait for ever.
        var attributes =
                folder.getFileAttributeView(
                                name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .readAttributes();
        if (!attributes.isRegularFile()) {
            throw new NotLinkException(name.toString());
        }
        try (SeekableByteChannel channel = folder.newByteChannel(name, READ)) {
            var buffer = ByteBuffer.allocate((int) Math.min(mostBytes, channel.size() + 1));
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
            var bytes = new byte[buffer.position()];
            buffer.flip().get(bytes);
            return bytes;
        }
    }

    @SuppressWarnings("StreamResourceLeak") // The caller closes it with the others.
    private static SecureDirectoryStream<Path> secure(Path folder) throws IOException {
        var stream = Files.newDirectoryStream(folder);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("this system cannot open files relative to a folder");
    }
}

package dev.qide.server.language;

import dev.qide.server.linux.OpenFolder;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads files below a folder by their real path. Each folder is opened from its parent without
/// following symbolic links, so the path stays correct whatever is exchanged meanwhile.
/// Thread-safe.
public final class NoFollowReader {
    private static final int NAMES = 1_000;

    private NoFollowReader() {}

    private interface FolderAction<T> {
        T run(SecureDirectoryStream<Path> folder) throws IOException;
    }

    /// The first bytes of a regular file; fails for a file that is not below the top.
    ///
    /// @param top a real path that nobody in the workspace can exchange
    /// @param file a real path below it
    public static byte[] read(Path top, Path file, int limitBytes) throws IOException {
        var name = file.getFileName();
        return in(
                top,
                within(top, file.resolveSibling("")),
                folder -> {
                    var attributes =
                            folder.getFileAttributeView(
                                            name,
                                            BasicFileAttributeView.class,
                                            LinkOption.NOFOLLOW_LINKS)
                                    .readAttributes();
                    if (!attributes.isRegularFile()) {
                        throw new NoSuchFileException(null);
                    }
                    try (var channel =
                                    folder.newByteChannel(
                                            name,
                                            Set.of(
                                                    StandardOpenOption.READ,
                                                    LinkOption.NOFOLLOW_LINKS));
                            var in = Channels.newInputStream(channel)) {
                        return in.readNBytes(limitBytes);
                    }
                });
    }

    /// The first 1,000 names in a folder.
    ///
    /// @param top a real path that nobody in the workspace can exchange
    /// @param folder a real path below it
    public static List<String> names(Path top, Path folder) throws IOException {
        return in(
                top,
                within(top, folder),
                open -> {
                    var names = new ArrayList<String>();
                    try {
                        for (var one : open) {
                            if (names.size() == NAMES) {
                                break;
                            }
                            names.add("" + one.getFileName());
                        }
                    } catch (DirectoryIteratorException unreadable) {
                        throw unreadable.getCause();
                    }
                    return names;
                });
    }

    /// The names from the top to the folder.
    private static List<Path> within(Path top, Path folder) throws IOException {
        if (!folder.startsWith(top)) {
            throw new NoSuchFileException(null);
        }
        var names = new ArrayList<Path>();
        top.relativize(folder).forEach(names::add);
        names.removeIf(name -> name.toString().isEmpty());
        return names;
    }

    @SuppressWarnings("StreamResourceLeak") // Each is closed when the next one is opened.
    private static <T> T in(Path top, List<Path> names, FolderAction<T> work) throws IOException {
        var folder = OpenFolder.open(top);
        for (var name : names) {
            try (var above = folder) {
                folder = above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
            }
        }
        try (var last = folder) {
            return work.run(last);
        }
    }
}

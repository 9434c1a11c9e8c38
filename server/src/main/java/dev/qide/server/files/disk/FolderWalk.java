package dev.qide.server.files.disk;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.linux.OpenFolder;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;

/// Walks a folder and everything below it. Each folder is opened from its parent without following
/// symbolic links, so a link that replaces a folder meanwhile leads nowhere. Skips what has
/// disappeared or is unreadable. Owned by one thread.
public final class FolderWalk {
    private static final int TREE_DEPTH = 64;

    private final Visitor visitor;

    /// Receives the entries.
    public interface Visitor {
        /// An entry of a folder.
        ///
        /// @param path relative to the root, with `/`
        /// @param above the folder that contains the name, valid during the call
        Next visit(
                String path,
                BasicFileAttributes attributes,
                SecureDirectoryStream<Path> above,
                Path name)
                throws IOException;

        /// A folder at depth 64, which is not entered.
        default void tooDeep() {}

        /// A folder that was visited and cannot be read.
        ///
        /// @param path relative to the root, with `/`
        default void unreadable(String path) {}
    }

    /// The way to continue a walk.
    public enum Next {
        /// Enter the folder.
        ENTER,
        /// Skip the folder.
        SKIP,
        STOP
    }

    private FolderWalk(Visitor visitor) {
        this.visitor = visitor;
    }

    /// Walks the root.
    ///
    /// @throws IOException when the root cannot be read, or from the visitor
    public static void through(Path root, Visitor visitor) throws IOException {
        try (var top = OpenFolder.open(root)) {
            var _ = new FolderWalk(visitor).below(top, "", 1);
        }
    }

    /// Walks one folder of the root.
    public static void below(Path root, WorkspacePath folder, Visitor visitor) {
        var _ =
                new DirectoryHandles(root)
                        .in(
                                folder,
                                (above, name) -> {
                                    try (var inner =
                                            above.newDirectoryStream(
                                                    name, LinkOption.NOFOLLOW_LINKS)) {
                                        return new FolderWalk(visitor)
                                                .below(inner, folder.value() + "/", 1);
                                    }
                                });
    }

    /// @return false when the walk has ended
    private boolean below(SecureDirectoryStream<Path> folder, String prefix, int depth)
            throws IOException {
        try {
            for (var entry : folder) {
                if (!visited(folder, prefix, entry.getFileName(), depth)) {
                    return false;
                }
            }
        } catch (DirectoryIteratorException unreadable) {
            if (depth == 1) {
                throw unreadable.getCause();
            }
        }
        return true;
    }

    private boolean visited(SecureDirectoryStream<Path> folder, String prefix, Path name, int depth)
            throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = DirectoryHandles.attributes(folder, name);
        } catch (IOException _) {
            return true;
        }
        var path = prefix + name;
        var next = visitor.visit(path, attributes, folder, name);
        if (next != Next.ENTER || !attributes.isDirectory()) {
            return next != Next.STOP;
        }
        if (depth >= TREE_DEPTH) {
            visitor.tooDeep();
            return true;
        }
        SecureDirectoryStream<Path> inner;
        try {
            inner = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        } catch (AccessDeniedException _) {
            visitor.unreadable(path);
            return true;
        } catch (IOException _) {
            return true;
        }
        try (inner) {
            return below(inner, path + "/", depth + 1);
        }
    }
}

package dev.qide.server.files.disk;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.WorkspacePath;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;

/// Goes through a folder and what is below it, each folder entered from the one above without
/// following a symbolic link, so that a link put in place meanwhile leads nowhere. What cannot be
/// looked at is left out: it may be gone again, or not ours to read. Owned by one thread.
final class FolderWalk {
    private static final int TREE_DEPTH = 64;

    private final Visitor visitor;

    /// What is done on the way.
    interface Visitor {
        /// @param path relative to the root, with `/`
        /// @param above the folder that the name is in, for use during the call
        Next visit(
                String path,
                BasicFileAttributes attributes,
                SecureDirectoryStream<Path> above,
                Path name)
                throws IOException;

        /// A folder is deeper than 64 and is not entered.
        default void tooDeep() {}
    }

    /// How it goes on.
    enum Next {
        /// A folder is entered.
        ENTER,
        /// A folder is not entered.
        SKIP,
        STOP
    }

    private FolderWalk(Visitor visitor) {
        this.visitor = visitor;
    }

    /// @throws IOException when the root cannot be read, and what the visitor throws
    static void through(Path root, Visitor visitor) throws IOException {
        try (var top = DirectoryHandles.secure(root)) {
            var _ = new FolderWalk(visitor).below(top, "", 1);
        }
    }

    /// Goes through what is below one folder of the root.
    static void below(Path root, WorkspacePath folder, Visitor visitor) {
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

    /// @return false when it has ended
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
        } catch (IOException _) {
            return true;
        }
        try (inner) {
            return below(inner, path + "/", depth + 1);
        }
    }
}

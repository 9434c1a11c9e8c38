package dev.qide.server.files;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/// The entries of a workspace, by path.
///
/// @param isTruncated whether there are more entries than the bound
public record FileTree(List<Entry> entries, boolean isTruncated) {
    public FileTree {
        entries = List.copyOf(entries);
    }

    /// One file, folder or link.
    ///
    /// @param bytes the size of a file, else 0
    /// @param isIgnored whether it is ignored: only an editor may open it, if it is text; the
    ///   content of an ignored folder is left out
    public record Entry(String path, Kind kind, long bytes, boolean isIgnored) {}

    /// The kind of an entry; links are listed and cannot be opened.
    public enum Kind {
        FILE,
        FOLDER,
        LINK,
        OTHER;

        /// The kind for these attributes.
        public static Kind of(BasicFileAttributes attributes) {
            if (attributes.isDirectory()) {
                return FOLDER;
            }
            if (attributes.isSymbolicLink()) {
                return LINK;
            }
            return attributes.isRegularFile() ? FILE : OTHER;
        }
    }
}

package dev.qide.server.files;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/// What a workspace holds, by path.
///
/// @param isCut whether there is more than the bound lets through
public record FileTree(List<Entry> entries, boolean isCut) {
    public FileTree {
        entries = List.copyOf(entries);
    }

    /// One thing in it.
    ///
    /// @param bytes size of a file, else 0
    /// @param isIgnored whether it is ignored: a text can be opened only by who may edit, and a
    ///   folder's content is left out
    public record Entry(String path, Kind kind, long bytes, boolean isIgnored) {}

    /// What it is; links are shown and cannot be opened.
    public enum Kind {
        FILE,
        FOLDER,
        LINK,
        OTHER;

        /// What has these attributes.
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

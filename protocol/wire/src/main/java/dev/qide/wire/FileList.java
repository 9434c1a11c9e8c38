package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/workspaces/{ws}/files`, folders before their content.
///
/// @param truncated whether the workspace has more entries than the answer may list
public record FileList(List<Entry> files, boolean truncated) {
    public FileList {
        files = List.copyOf(files);
    }

    /// @param path relative to the workspace, with `/`
    /// @param size bytes; 0 for a folder
    /// @param ignored on disk and visible to tools, but never a shared document
    public record Entry(String path, Kind kind, long size, boolean ignored) {}

    /// The kind of an entry.
    public enum Kind {
        FILE,
        FOLDER,
        /// A symbolic link, socket or device: listed, but cannot be opened.
        OTHER
    }
}

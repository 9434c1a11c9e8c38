package dev.qide.server.files;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A change of a file or folder, by the server or by a tool.
public sealed interface FileChange {
    /// The workspace of the file.
    Workspace workspace();

    /// The path in the workspace, with `/`.
    String path();

    /// The server wrote the file: a document's committed text, or a save.
    ///
    /// @param hash of the bytes on disk
    /// @param by the author, as the caller of the write named it; empty for a document's text
    /// @param isNew whether the file did not exist before
    record Saved(Workspace workspace, String path, String hash, String by, boolean isNew)
            implements FileChange {}

    /// A tool wrote or deleted the file of a document, and the document merged the change.
    ///
    /// @param hash of the bytes that the tool wrote; null when the file was deleted
    record ChangedExternally(Workspace workspace, String path, @Nullable String hash)
            implements FileChange {}

    /// A folder was created through the server.
    record FolderCreated(Workspace workspace, String path) implements FileChange {}

    /// A file or folder was deleted through the server.
    ///
    /// @param descendants paths of the files in a folder; at most 1,000
    record Deleted(Workspace workspace, String path, List<String> descendants)
            implements FileChange {
        public Deleted {
            descendants = List.copyOf(descendants);
        }
    }

    /// A file or folder was moved through the server, with its documents.
    ///
    /// @param to its new path
    /// @param descendants paths of the files in a folder, below it; at most 1,000
    record Moved(Workspace workspace, String path, String to, List<String> descendants)
            implements FileChange {
        public Moved {
            descendants = List.copyOf(descendants);
        }
    }

    /// A tool changed something that has no document.
    ///
    /// @param hash of the bytes on disk; null when there are none, and when only language servers
    ///   are notified
    record ExternalChange(
            Workspace workspace, String path, Kind kind, @Nullable String hash, Audience audience)
            implements FileChange {
        /// The kind of change.
        public enum Kind {
            CREATED,
            FOLDER_CREATED,
            CHANGED,
            DELETED
        }

        /// The editors that are notified.
        public enum Audience {
            EVERYBODY,
            /// It is ignored, or one of many changes.
            LANGUAGE_SERVERS
        }
    }

    /// Tools changed more than is reported to editors one by one.
    ///
    /// @param path of the folder with the changes; empty for the whole workspace
    record ManyExternalChanges(Workspace workspace, String path) implements FileChange {}
}

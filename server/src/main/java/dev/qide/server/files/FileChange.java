package dev.qide.server.files;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a file.
public sealed interface FileChange {
    Workspace workspace();

    String path();

    /// The server wrote it: a document's committed text, or what somebody saved.
    ///
    /// @param hash of the bytes that are on disk now
    /// @param by who saved it, as the caller of the write named them; empty for a document's text
    /// @param isNew whether there was no file before
    record Saved(Workspace workspace, String path, String hash, String by, boolean isNew)
            implements FileChange {}

    /// Something else wrote or deleted it, and its document knows: what was written is merged in.
    ///
    /// @param hash of the bytes that it wrote; null when there is no file any more
    record FoundDifferent(Workspace workspace, String path, @Nullable String hash)
            implements FileChange {}

    /// Somebody made a folder.
    record FolderMade(Workspace workspace, String path) implements FileChange {}

    /// Somebody deleted it through the server.
    ///
    /// @param below paths of the files that were in it, if it was a folder: not more than 1,000
    record Deleted(Workspace workspace, String path, List<String> below) implements FileChange {
        public Deleted {
            below = List.copyOf(below);
        }
    }

    /// Somebody moved it through the server, with its documents.
    ///
    /// @param to its path now
    /// @param below the rest of the paths of the files in it, if it is a folder: not more than
    ///   1,000
    record Moved(Workspace workspace, String path, String to, List<String> below)
            implements FileChange {
        public Moved {
            below = List.copyOf(below);
        }
    }

    /// A tool did it, and no document takes it in.
    ///
    /// @param hash of the bytes that are on disk now; null when there are none, and when only
    ///   language servers hear of it
    record FoundOnDisk(
            Workspace workspace, String path, Kind kind, @Nullable String hash, Audience audience)
            implements FileChange {
        /// What was done.
        public enum Kind {
            CREATED,
            FOLDER_CREATED,
            CHANGED,
            DELETED
        }

        /// Who hears of it.
        public enum Audience {
            EVERYBODY,
            /// It is one of many, or ignored.
            LANGUAGE_SERVERS
        }
    }

    /// Tools did more than is reported to people one by one.
    ///
    /// @param path of the folder in which it was; empty for the whole workspace
    record FoundMany(Workspace workspace, String path) implements FileChange {}
}

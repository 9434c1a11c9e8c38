package dev.qide.server.files;

import dev.qide.server.store.FileMark;
import org.jspecify.annotations.Nullable;

/// What became of a file.
public sealed interface FileChange {
    Workspace workspace();

    String path();

    /// Somebody saved it through the server.
    ///
    /// @param hash of the bytes that are on disk now
    /// @param mark what the document is to remember of its file; null when the file is no text
    /// @param by who saved it, as the caller of the write named them
    record Saved(Workspace workspace, String path, String hash, @Nullable FileMark mark, String by)
            implements FileChange {}

    /// It is not what it was when it was read or saved last: something else wrote it while a
    /// document of it is open.
    ///
    /// @param hash of the bytes that are on disk now; null when there is no file that can be read
    record FoundDifferent(Workspace workspace, String path, @Nullable String hash)
            implements FileChange {}
}

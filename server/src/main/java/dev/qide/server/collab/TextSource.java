package dev.qide.server.collab;

import dev.qide.server.store.BaseChange;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import org.jspecify.annotations.Nullable;

/// The file content behind a document. Implemented by `files`. Thread-safe; calls may block on the
/// disk and run on virtual threads.
public interface TextSource {
    /// Checks that somebody who may only read may begin the document at a path.
    ///
    /// @throws dev.qide.wire.FailureException `FILE_IGNORED`, `PATH_ILLEGAL`
    void requireShared(WorkspaceId workspace, String path);

    /// Checks a path received from a client and reads the file.
    ///
    /// @param path relative path with `/`, for instance `src/main.py`
    /// @param mayCreate whether to create an empty file, with its folders, at a legal path without
    ///   a file
    /// @throws dev.qide.wire.FailureException `PATH_ILLEGAL`, `FILE_UNKNOWN` (no file, and creation
    ///   not allowed), `FILE_TOO_LARGE`, `FILE_NOT_TEXT`, `FILE_IGNORED`, `IS_A_FOLDER`,
    ///   `PATH_CLASH`
    FirstText read(WorkspaceId workspace, String path, boolean mayCreate);

    /// Reads the file of a living document and the base of their merge. Called when the first
    /// client joins a document, before it is served. Blocks on the disk and the database.
    ///
    /// @throws dev.qide.wire.FailureException the reason why the file can no longer be shared
    Comparison compare(StoredDocument document);

    /// Whether the file may not be written, so that its document is open for reading only.
    boolean isReadOnly(WorkspaceId workspace, String path);

    /// Whether the disk has all committed text; otherwise the document must stay in memory. Does
    /// not block.
    boolean isSynced(WorkspaceId workspace, String path);

    /// A file that was read to be merged into its document. Thread-safe; does not block.
    interface Comparison {
        /// Nothing is merged.
        Comparison NOTHING = _ -> null;

        /// The text that the document must become.
        ///
        /// @param committed the document's text
        /// @return null when nothing changes
        /// @throws dev.qide.wire.FailureException `FILE_UNKNOWN` when the file was deleted and the
        ///   document has no further content, so that the generation ends
        @Nullable Merged mergedWith(String committed);
    }

    /// The text of a document after its file was merged.
    ///
    /// @param text LF only
    /// @param base to be committed with the text; null for none
    record Merged(String text, @Nullable BaseChange base) {}

    /// The initial text of a document.
    ///
    /// @param text LF only, without BOM
    /// @param hash the strong ETag's value of the file's bytes (lower-case hex SHA-256)
    /// @param lineEnd `lf` or `crlf`
    /// @param encoding IANA name, for instance `utf-8`
    record FirstText(String text, String hash, String lineEnd, boolean hasBom, String encoding) {}
}

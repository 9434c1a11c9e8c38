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

    /// The text that a living document must become, given the file on disk. Called when the first
    /// client joins a document, before it is served, and again when the text changes meanwhile.
    ///
    /// @param committed the document's text
    /// @return null when nothing changes
    /// @throws dev.qide.wire.FailureException `FILE_UNKNOWN` when the file was deleted and the
    ///   document has no further content, so that the generation ends; otherwise the reason why the
    ///   file can no longer be shared
    @Nullable Merged reconciled(StoredDocument document, String committed);

    /// Whether the file may not be written, so that its document is open for reading only.
    boolean isReadOnly(WorkspaceId workspace, String path);

    /// Whether the disk has all committed text; otherwise the document must stay in memory. Does
    /// not block.
    boolean isSynced(WorkspaceId workspace, String path);

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

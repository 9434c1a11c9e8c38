package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import org.jspecify.annotations.Nullable;

/// The first content of a document. Implemented by `files`. Thread-safe; every call may block on
/// the disk and is made on a document's own virtual thread.
public interface TextSource {
    /// Checks a name from the wire and reads the file behind it.
    ///
    /// @param path relative path with `/`, for instance `src/main.py`
    /// @param mayCreate whether a legal path without a file is created empty, with its folders
    /// @throws dev.qide.wire.FailureException `PATH_ILLEGAL`, `FILE_UNKNOWN` (no file and not
    ///   allowed to create), `FILE_TOO_LARGE`, `FILE_NOT_TEXT`, `FILE_IGNORED`, `IS_A_FOLDER`,
    ///   `PATH_CLASH`
    FirstText read(WorkspaceId workspace, String path, boolean mayCreate);

    /// What the text of a living document must become, given what is on disk now. Asked whenever
    /// somebody opens a document that nobody had open, before they are served, and again when the
    /// text changes meanwhile.
    ///
    /// @param committed the document's text
    /// @return the wanted text, LF only; null when nothing is to change
    /// @throws dev.qide.wire.FailureException `FILE_UNKNOWN` when the file is gone and the document
    ///   has nothing that it did not have: the generation ends then; otherwise why it cannot be
    ///   shared any more
    @Nullable String reconciled(StoredDocument document, String committed);

    /// Whether the file may not be written to, so that its document is open for reading alone.
    boolean isReadOnly(WorkspaceId workspace, String path);

    /// Whether the disk has all that was committed; a document whose text it has not stays in
    /// memory. Answers at once.
    boolean isSynced(WorkspaceId workspace, String path);

    /// What [#reconciled(StoredDocument, String)] wanted is committed, and nobody is served yet.
    void isReconciled(StoredDocument document);

    /// @param text LF only, without BOM
    /// @param hash the strong ETag's value of the file's bytes (lower-case hex SHA-256)
    /// @param lineEnd `lf` or `crlf`
    /// @param encoding IANA name, for instance `utf-8`
    record FirstText(String text, String hash, String lineEnd, boolean hasBom, String encoding) {}
}

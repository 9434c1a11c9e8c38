/// Trees on disk, and their files kept in step with shared documents.
///
/// - [WorkspaceFiles] lists, reads and writes under a [Precondition]; [TreeChanges] moves and
///   deletes; a [WorkspacePath] is a checked path. [Disk], [DiskTree] and [DirectoryHandles] reach
///   files without following links; [IgnoreRules] and [TextFile] (encoding, line ends) are what
///   their names say.
/// - [FileSync] keeps documents and files the same: it writes committed text and merges what tools
///   wrote (`files.sync`). [FileTextSource] gives a document its first text.
/// - [FileWatcher] notices what tools do to open documents and in the whole tree (`files.watch`).
/// - [ZipExport], [ZipImport] (`files.archive`), [TextSearch] and [SearchPattern].
/// - A [FileListener] hears every [FileChange].
///
/// Thread-safe; calls block on the disk, never on a document's thread.
@NullMarked
package dev.qide.server.files;

import org.jspecify.annotations.NullMarked;

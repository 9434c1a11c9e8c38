/// Trees on disk, and the file sync between files and shared documents.
///
/// - [WorkspaceFiles] lists, reads and writes files under a [Precondition]; [TreeChanges] creates
///   folders, moves and deletes. A [WorkspacePath] is a validated path.
/// - [Disk], [DiskTree] and [DirectoryHandles] reach files without following links; [IgnoreRules]
///   decides what is ignored, [TextFile] decodes and encodes text.
/// - [FileSync] writes committed text to files and merges what tools write (`files.sync`).
///   [FileTextSource] gives a document its first text.
/// - [FileWatcher] notices what tools do, to open documents and in the whole tree (`files.watch`);
///   [ToolRenames] lets documents follow the files that tools rename.
/// - [FileChanges] publishes every [FileChange], by the server or by a tool, to each
///   [FileListener].
/// - [ZipExport] and [ZipImport] (`files.archive`); [TextSearch] and [SearchPattern].
///
/// Thread-safe; calls block on the disk, never on a document's thread.
@NullMarked
package dev.qide.server.files;

import org.jspecify.annotations.NullMarked;

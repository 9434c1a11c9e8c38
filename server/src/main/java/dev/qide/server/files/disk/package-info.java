/// Primitives for names on disk, none of which follows a link.
///
/// - [Renameat2] exchanges two names in one step, and makes folders relative to an open one.
/// - [FileProperties] reads and copies links, modes and extended attributes; both call
///   [LinuxCalls].
/// - [FolderWalk] enters a tree folder by folder; [FileTreeWalk] lists it.
/// - [TrackedFiles] says what git tracks, by the [GitIndex] of each repository.
/// - [TempFileCleaner] removes what a killed server left.
@NullMarked
package dev.qide.server.files.disk;

import org.jspecify.annotations.NullMarked;

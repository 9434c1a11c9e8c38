/// Operations on files and folders that never follow a link.
///
/// - [Renameat2] atomically exchanges two names, and creates folders relative to an open one.
///   [FileProperties] reads and copies links, modes and extended attributes. Both use
///   [dev.qide.server.linux.LinuxCalls].
/// - [FolderWalk] walks a tree folder by folder; [FileTreeWalk] lists its files.
/// - [TrackedFiles] knows which files git tracks, from the [GitIndex] of each repository.
/// - [TempFileCleaner] removes the remains of killed servers.
///
/// `files` calls them on the threads of requests and of file sync.
@NullMarked
package dev.qide.server.files.disk;

import org.jspecify.annotations.NullMarked;

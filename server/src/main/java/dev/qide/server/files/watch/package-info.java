/// The watch of a workspace's whole tree: what tools create, change and delete in files that nobody
/// has open.
///
/// - [TreeWatch] is the watch of one workspace: it scans what may have changed, compares it with
///   the known state, and publishes the difference.
/// - [FolderEvents] names the folders to scan (inotify, one registration per folder). Folders that
///   cannot be registered are polled.
/// - [WatchedFolder] is the known state of a folder, [DirtyFolders] the folders to scan. [TreeScan]
///   scans, [ChangeReport] publishes under the lock of each path, [PendingServerChanges] are the
///   server's own writes.
///
/// Events only say where to scan; the comparison decides. A lost event therefore costs one scan of
/// the whole tree. One thread at a time works on a tree.
@NullMarked
package dev.qide.server.files.watch;

import org.jspecify.annotations.NullMarked;

/// One watch of a workspace's whole tree: what tools create, change and delete in files that nobody
/// has open.
///
/// - [TreeWatch] is the watch of one workspace. It takes what may have changed, compares it with
///   what is known, and reports the difference.
/// - [FolderEvents] says which folders to look at (inotify, one registration per folder). Folders
///   that cannot be watched are polled.
/// - [WatchedFolder] is what is known of one folder, [DirtyFolders] what has to be looked at,
///   [TreeScan] looks, [ChangeReport] reports under the lock of each path, [OwnChanges] are the
///   server's own writes.
///
/// Events only say where to look; the comparison decides. So lost events cost one look at the whole
/// tree, and nothing else. One thread at a time works on a tree.
@NullMarked
package dev.qide.server.files.watch;

import org.jspecify.annotations.NullMarked;

package dev.qide.server.files.watch;

import dev.qide.server.files.FileChange;
import dev.qide.server.files.FileChange.ExternalChange.Audience;
import dev.qide.server.files.FileChange.ExternalChange.Kind;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.files.watch.WatchedFolder.Entry;
import dev.qide.wire.FailureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Publishes the differences that a scan found, and records them as known. Owned by the thread that
/// works on its tree.
///
/// Each path is checked once more under its lock, after the server's own writes have been taken
/// into account. A change by the server, or one that a document merges, is therefore not published
/// twice, and the changes of one file are published in order.
final class ChangeReport {
    /// Above this number of changes in one scan, editors get one notification for all.
    private static final int ONE_BY_ONE = 100;

    /// Above this number of packages in one scan, only their folder is published.
    private static final int PACKAGES = 64;

    /// The number of files whose last published content is remembered.
    private static final int REPORTED = 4_096;

    /// The published content of a deleted file.
    private static final String NONE = "";

    private final WatchContext context;
    private final WatchedFolder root;
    private final PendingServerChanges serverChanges;
    private final Consumer<WatchedFolder> ended;
    private final Map<String, String> reported =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                    return size() > REPORTED;
                }
            };
    private @Nullable String overflowing;
    private int packages;

    /// @param ended called for a folder that is no longer known
    ChangeReport(
            WatchContext context,
            WatchedFolder root,
            PendingServerChanges serverChanges,
            Consumer<WatchedFolder> ended) {
        this.context = context;
        this.root = root;
        this.serverChanges = serverChanges;
        this.ended = ended;
    }

    /// Publishes the differences that a scan found.
    ///
    /// @throws FailureException when the disk or the database refuses; the next scan finds the rest
    ///   again
    void report(TreeScan scan) {
        overflowing = null;
        packages = 0;
        boolean isMany = scan.changes().size() > ONE_BY_ONE;
        for (int i = 0; i < scan.changes().size(); i++) {
            report(scan, scan.changes().get(i), isMany);
            // Folders that the server created for its own files are scanned here.
            scan.scan(Map.of());
        }
        for (var folder : scan.coarse()) {
            if (!folder.isGone()) {
                publish(folder.path(), Kind.CHANGED, null, Audience.LANGUAGE_SERVERS);
            }
        }
        if (overflowing != null) {
            context.changes()
                    .publish(new FileChange.ManyExternalChanges(context.workspace(), overflowing));
        }
    }

    /// Takes the server's own published changes into account.
    void skipOwn(TreeScan scan) {
        for (var change = serverChanges.poll(); change != null; change = serverChanges.poll()) {
            switch (change) {
                case FileChange.Saved(_, var path, var hash, _, var isNew) -> {
                    reported.put(path, hash);
                    if (isNew) {
                        adoptFolders(scan, path);
                    }
                }
                case FileChange.ChangedExternally(_, var path, var hash) ->
                        reported.put(path, hash == null ? NONE : hash);
                case FileChange.FolderCreated(_, var path) -> adoptFolders(scan, path + "/");
                case FileChange.Deleted(_, var path, _) -> {
                    var folder = root.find(folderOf(path));
                    if (folder != null) {
                        folder.remove(nameOf(path), ended);
                    }
                }
                case FileChange.Moved(_, var from, var to, _) -> moved(scan, from, to);
                case FileChange.ExternalChange _, FileChange.ManyExternalChanges _ -> {}
            }
        }
    }

    private void moved(TreeScan scan, String from, String to) {
        adoptFolders(scan, to);
        var source = root.find(folderOf(from));
        var target = root.find(folderOf(to));
        if (source == null) {
            return;
        }
        if (target == null || target.entry(nameOf(to)) != null) {
            source.remove(nameOf(from), ended);
            return;
        }
        // A scan may have found it at its new place already and watched it there.
        target.dropFolder(nameOf(to), ended);
        source.move(nameOf(from), target, nameOf(to));
        scan.rescan(target.folder(nameOf(to)));
        for (var path : List.copyOf(reported.keySet())) {
            if (path.equals(from) || path.startsWith(from + "/")) {
                var hash = Objects.requireNonNull(reported.remove(path));
                reported.put(to + path.substring(from.length()), hash);
            }
        }
    }

    /// Adds the parent folders of a path that the server created.
    private void adoptFolders(TreeScan scan, String path) {
        WatchedFolder at = root;
        for (int end = path.indexOf('/'), start = 0;
                end >= 0 && at != null;
                start = end + 1, end = path.indexOf('/', start)) {
            var name = path.substring(start, end);
            var now = at.entry(name) == null ? scan.entry(at, name) : null;
            if (now != null && now.isFolder() && at.put(name, now)) {
                scan.begin(at, name);
            }
            at = at.folder(name);
        }
    }

    private void report(TreeScan scan, TreeScan.Change change, boolean isMany) {
        var path = change.path();
        if (!change.folder().coverage().isListed()) {
            reportPackage(scan, change, path);
            return;
        }
        var legal = new WorkspacePath(path);
        context.exclusively(
                legal,
                () -> {
                    skipOwn(scan);
                    if (change.folder().isGone() || !change.path().equals(path)) {
                        return;
                    }
                    var known = change.folder().entry(change.name());
                    var now = scan.entry(change.folder(), change.name());
                    if (isOther(known, now, change.isNamed()) && isKnown(change, now)) {
                        reportExclusively(legal, known, now, isMany);
                    }
                });
    }

    private static boolean isOther(@Nullable Entry known, @Nullable Entry now, boolean isNamed) {
        if (known == null || now == null) {
            return known != null || now != null;
        }
        return !known.isSame(now) || (isNamed && known.isRecent() && !now.isFolder());
    }

    /// Records a difference as known.
    ///
    /// @return false above the limit
    private boolean isKnown(TreeScan.Change change, @Nullable Entry now) {
        var folder = change.folder();
        if (now == null) {
            folder.remove(change.name(), ended);
            return true;
        }
        if (!now.isFolder()) {
            folder.dropFolder(change.name(), ended);
        }
        return folder.put(change.name(), now);
    }

    private void reportExclusively(
            WorkspacePath path, @Nullable Entry known, @Nullable Entry now, boolean isMany) {
        boolean isFile = now != null && now.kind() == FileTree.Kind.FILE;
        var last = reported.remove(path.value());
        boolean isHashed = isFile && (last != null || !isMany);
        var hash = isHashed ? context.hash(path) : null;
        if (hash != null && now != null && now.isRecent()) {
            reported.put(path.value(), hash);
        }
        boolean isReported = last != null && last.equals(now == null ? NONE : hash);
        boolean isFileOnly = (now == null || isFile) && (known == null || !known.isFolder());
        if (isReported || (isFileOnly && context.isMergedByDocument(path))) {
            return;
        }
        var kind = kind(known, now);
        boolean isQuiet = now != null && now.isIgnored() && kind == Kind.CHANGED;
        boolean isForAll = !isQuiet && !isMany && (!isFile || hash != null) && !isLink(now);
        publish(
                path.value(),
                kind,
                isForAll ? hash : null,
                isForAll ? Audience.EVERYBODY : Audience.LANGUAGE_SERVERS);
        if (!isForAll && !isQuiet) {
            overflowing =
                    overflowing == null
                            ? folderOf(path.value())
                            : common(overflowing, path.value());
        }
    }

    private static boolean isLink(@Nullable Entry now) {
        return now != null && now.kind() != FileTree.Kind.FILE && !now.isFolder();
    }

    private static Kind kind(@Nullable Entry known, @Nullable Entry now) {
        if (now == null) {
            return Kind.DELETED;
        }
        if (now.isFolder()) {
            return Kind.FOLDER_CREATED;
        }
        return known == null ? Kind.CREATED : Kind.CHANGED;
    }

    /// The server never writes into package folders: no lock is needed.
    private void reportPackage(TreeScan scan, TreeScan.Change change, String path) {
        var known = change.folder().entry(change.name());
        var now = scan.entry(change.folder(), change.name());
        if (change.folder().isGone()
                || !isOther(known, now, change.isNamed())
                || !isKnown(change, now)) {
            return;
        }
        if (++packages <= PACKAGES) {
            publish(path, kind(known, now), null, Audience.LANGUAGE_SERVERS);
        } else if (packages == PACKAGES + 1) {
            publish(folderOf(path), Kind.CHANGED, null, Audience.LANGUAGE_SERVERS);
        }
    }

    private void publish(String path, Kind kind, @Nullable String hash, Audience audience) {
        context.changes()
                .publish(
                        new FileChange.ExternalChange(
                                context.workspace(), path, kind, hash, audience));
    }

    /// The common parent folder.
    private static String common(String folder, String path) {
        var at = folder;
        while (!at.isEmpty() && !path.startsWith(at + "/")) {
            at = folderOf(at);
        }
        return at;
    }

    static String folderOf(String path) {
        int end = path.lastIndexOf('/');
        return end < 0 ? "" : path.substring(0, end);
    }

    static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}

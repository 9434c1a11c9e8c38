package dev.qide.server.files.watch;

import dev.qide.server.files.FileChange;
import dev.qide.server.files.FileChange.FoundOnDisk.Audience;
import dev.qide.server.files.FileChange.FoundOnDisk.Kind;
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

/// Reports what differs, and makes it known. Owned by the thread that works on its tree.
///
/// Each path is looked at once more under its lock, after the server's own writes have been taken
/// over: what the server wrote, or a document takes in, is not reported twice, and the changes of
/// one file are reported in their order.
final class ChangeReport {
    /// Above so many in one look, people hear of all of them at once.
    private static final int ONE_BY_ONE = 100;

    /// Above so many packages in one look, their folder alone is reported.
    private static final int PACKAGES = 64;

    /// Files whose last reported content is remembered.
    private static final int REPORTED = 4_096;

    /// The reported content of a file that is gone.
    private static final String NONE = "";

    private final WatchContext context;
    private final WatchedFolder root;
    private final OwnChanges own;
    private final Consumer<WatchedFolder> ended;
    private final Map<String, String> reported =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                    return size() > REPORTED;
                }
            };
    private @Nullable String many;
    private int packages;

    /// @param ended what is done with a folder that is known no longer
    ChangeReport(
            WatchContext context,
            WatchedFolder root,
            OwnChanges own,
            Consumer<WatchedFolder> ended) {
        this.context = context;
        this.root = root;
        this.own = own;
        this.ended = ended;
    }

    /// Reports all that a look found.
    ///
    /// @throws FailureException when the disk or the database refuses; what is left is found again
    ///   by the next look
    void report(TreeScan scan) {
        many = null;
        packages = 0;
        boolean isMany = scan.changes().size() > ONE_BY_ONE;
        for (int i = 0; i < scan.changes().size(); i++) {
            report(scan, scan.changes().get(i), isMany);
            // Folders that the server made for its own files are looked at here.
            scan.look(Map.of());
        }
        for (var folder : scan.coarse()) {
            if (!folder.isGone()) {
                tell(folder.path(), Kind.CHANGED, null, Audience.LANGUAGE_SERVERS);
            }
        }
        if (many != null) {
            context.tell(new FileChange.FoundMany(context.workspace(), many));
        }
    }

    /// Takes over what the server itself did and reported.
    void takeOwn(TreeScan scan) {
        for (var change = own.poll(); change != null; change = own.poll()) {
            switch (change) {
                case FileChange.Saved(_, var path, var hash, _, var isNew) -> {
                    reported.put(path, hash);
                    if (isNew) {
                        adoptFolders(scan, path);
                    }
                }
                case FileChange.FoundDifferent(_, var path, var hash) ->
                        reported.put(path, hash == null ? NONE : hash);
                case FileChange.FolderMade(_, var path) -> adoptFolders(scan, path + "/");
                case FileChange.Deleted(_, var path, _) -> {
                    var folder = root.find(folderOf(path));
                    if (folder != null) {
                        folder.remove(nameOf(path), ended);
                    }
                }
                case FileChange.Moved(_, var from, var to, _) -> moved(scan, from, to);
                case FileChange.FoundOnDisk _, FileChange.FoundMany _ -> {}
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
        // A look may have found it at its new place already, and have begun to watch it there.
        target.dropFolder(nameOf(to), ended);
        source.move(nameOf(from), target, nameOf(to));
        scan.again(target.folder(nameOf(to)));
        for (var path : List.copyOf(reported.keySet())) {
            if (path.equals(from) || path.startsWith(from + "/")) {
                var hash = Objects.requireNonNull(reported.remove(path));
                reported.put(to + path.substring(from.length()), hash);
            }
        }
    }

    /// Makes the folders on the way to a path known, which the server made for it.
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
        context.alone(
                legal,
                () -> {
                    takeOwn(scan);
                    if (change.folder().isGone() || !change.path().equals(path)) {
                        return;
                    }
                    var known = change.folder().entry(change.name());
                    var now = scan.entry(change.folder(), change.name());
                    if (isOther(known, now, change.isNamed()) && isKnown(change, now)) {
                        reportAlone(legal, known, now, isMany);
                    }
                });
    }

    private static boolean isOther(@Nullable Entry known, @Nullable Entry now, boolean isNamed) {
        if (known == null || now == null) {
            return known != null || now != null;
        }
        return !known.isSame(now) || (isNamed && known.isRecent() && !now.isFolder());
    }

    /// Makes a change known.
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

    private void reportAlone(
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
        if (isReported || (isFileOnly && context.isTakenIn(path))) {
            return;
        }
        var kind = kind(known, now);
        boolean isQuiet = now != null && now.isIgnored() && kind == Kind.CHANGED;
        boolean isForAll = !isQuiet && !isMany && (!isFile || hash != null) && !isLink(now);
        tell(
                path.value(),
                kind,
                isForAll ? hash : null,
                isForAll ? Audience.EVERYBODY : Audience.LANGUAGE_SERVERS);
        if (!isForAll && !isQuiet) {
            many = many == null ? folderOf(path.value()) : common(many, path.value());
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

    /// No server writes into folders of packages: nothing has to be locked.
    private void reportPackage(TreeScan scan, TreeScan.Change change, String path) {
        var known = change.folder().entry(change.name());
        var now = scan.entry(change.folder(), change.name());
        if (change.folder().isGone()
                || !isOther(known, now, change.isNamed())
                || !isKnown(change, now)) {
            return;
        }
        if (++packages <= PACKAGES) {
            tell(path, kind(known, now), null, Audience.LANGUAGE_SERVERS);
        } else if (packages == PACKAGES + 1) {
            tell(folderOf(path), Kind.CHANGED, null, Audience.LANGUAGE_SERVERS);
        }
    }

    private void tell(String path, Kind kind, @Nullable String hash, Audience audience) {
        context.tell(new FileChange.FoundOnDisk(context.workspace(), path, kind, hash, audience));
    }

    /// The folder that holds both.
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

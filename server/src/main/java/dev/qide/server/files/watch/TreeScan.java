package dev.qide.server.files.watch;

import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.Disk;
import dev.qide.server.files.FileTree;
import dev.qide.server.files.IgnoreRules;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.files.watch.DirtyFolders.Names;
import dev.qide.server.files.watch.WatchedFolder.Coverage;
import dev.qide.server.files.watch.WatchedFolder.Entry;
import dev.qide.server.linux.OpenFolder;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One scan of folders of a tree: finds the differences from the known state. Each folder is opened
/// from the root without following links. Owned by one thread.
final class TreeScan {
    /// A write after a scan may leave the same stamp if the file is not older than this.
    private static final long RECENT_MILLIS = 50;

    private static final int DEPTH = 64;
    private static final String GIT_IGNORE = ".gitignore";
    private static final String GIT_INDEX = "index";

    /// The name under which a coarse folder stores its own entry.
    private static final String SELF = ".";

    private final TreeWatch tree;
    private final IgnoreRules rules;
    private final DirectoryHandles handles;
    private final boolean isFirst;
    private final Deque<WatchedFolder> entered = new ArrayDeque<>();
    private final List<Change> changes = new ArrayList<>();
    private final Set<WatchedFolder> coarse = new LinkedHashSet<>();
    private boolean isRulesChange;
    private boolean isIndexChange;

    /// A name with a difference.
    ///
    /// @param isNamed whether an event named it, so that it counts as changed even with the same
    ///   stamp
    record Change(WatchedFolder folder, String name, boolean isNamed) {
        String path() {
            return folder.pathOf(name);
        }
    }

    /// @param isFirst whether findings become known without counting as changes
    TreeScan(TreeWatch tree, IgnoreRules rules, boolean isFirst) {
        this.tree = tree;
        this.rules = rules;
        handles = new DirectoryHandles(tree.directory());
        this.isFirst = isFirst;
    }

    /// Scans folders, and new folders in them.
    void scan(Map<WatchedFolder, Names> folders) {
        folders.forEach(this::scan);
        while (!entered.isEmpty()) {
            scan(entered.pop(), new Names(true, Set.of()));
        }
    }

    /// The differences: a new folder before its content, a deleted one after it.
    List<Change> changes() {
        return changes;
    }

    /// The ignored folders in which something changed.
    Set<WatchedFolder> coarse() {
        return coarse;
    }

    /// Whether a `.gitignore` may have changed.
    boolean isRulesChange() {
        return isRulesChange;
    }

    /// Whether a repository may track other files.
    boolean isIndexChange() {
        return isIndexChange;
    }

    private void scan(WatchedFolder folder, Names names) {
        if (folder.isGone()) {
            return;
        }
        switch (folder.coverage()) {
            case FULL, TRACKED, PACKAGES -> scanInside(folder, names);
            case COARSE -> scanFolder(folder, names);
            case REPOSITORY -> {
                tree.watch(folder);
                isIndexChange |= names.isAll() || names.changed().contains(GIT_INDEX);
            }
        }
    }

    private void scanInside(WatchedFolder folder, Names names) {
        // Watched first, so that a change after the scan is an event.
        tree.watch(folder);
        try {
            inside(
                    folder,
                    open -> {
                        if (names.isAll()) {
                            compareAll(folder, open, names.changed());
                        } else {
                            for (var name : names.changed()) {
                                compare(folder, open, name, true);
                            }
                        }
                    });
        } catch (FailureException failure) {
            unreadable(folder, failure);
        }
    }

    private void scanFolder(WatchedFolder folder, Names names) {
        tree.watch(folder);
        try {
            var now =
                    handles.in(
                            new WorkspacePath(folder.path()),
                            (above, name) -> DirectoryHandles.attributes(above, name));
            long stamp = now.lastModifiedTime().to(TimeUnit.NANOSECONDS);
            var next = new Entry(FileTree.Kind.OTHER, stamp, true, false);
            var known = folder.entry(SELF);
            boolean isOther = known != null && !known.isSame(next);
            if (folder.put(SELF, next) && (isOther || !names.changed().isEmpty())) {
                coarse.add(folder);
            }
        } catch (FailureException failure) {
            unreadable(folder, failure);
        }
    }

    private void compareAll(
            WatchedFolder folder, SecureDirectoryStream<Path> open, Set<String> named)
            throws IOException {
        var seen = new HashSet<String>();
        try {
            for (var each : open) {
                var name = "" + each.getFileName();
                seen.add(name);
                compare(folder, open, name, named.contains(name));
            }
        } catch (DirectoryIteratorException unreadable) {
            throw unreadable.getCause();
        }
        for (var name : folder.names()) {
            if (!seen.contains(name)) {
                missing(folder, name);
            }
        }
    }

    private void compare(
            WatchedFolder folder, SecureDirectoryStream<Path> open, String name, boolean isNamed)
            throws IOException {
        if (Disk.isTemporary(name)) {
            return;
        }
        BasicFileAttributes attributes;
        try {
            attributes = DirectoryHandles.attributes(open, Path.of(name));
        } catch (NoSuchFileException _) {
            missing(folder, name);
            return;
        }
        var known = folder.entry(name);
        if (known == null && !isLegal(folder.pathOf(name))) {
            return;
        }
        isRulesChange |= isNamed && name.equals(GIT_IGNORE);
        var now = entry(folder, name, attributes);
        boolean isSame = known != null && known.isSame(now);
        if (isSame && now.isFolder() && isNamed) {
            // It may have been replaced meanwhile.
            enter(folder, name, true);
            return;
        }
        boolean isRecent = known != null && known.isRecent();
        if (isSame && !(isNamed && isRecent)) {
            return;
        }
        if (isFirst) {
            if (!folder.put(name, now)) {
                return;
            }
        } else {
            if (known != null && known.isFolder() && !now.isFolder()) {
                below(folder.folder(name));
            }
            changes.add(new Change(folder, name, isNamed));
        }
        if (now.isFolder()) {
            enter(folder, name, known != null);
        }
    }

    /// @param isReplaced whether another folder had the name before
    private void enter(WatchedFolder folder, String name, boolean isReplaced) {
        var known = folder.folder(name);
        if (known != null) {
            if (isReplaced) {
                tree.unwatch(known);
            }
            entered.add(known);
            return;
        }
        var coverage = coverage(folder, name);
        var added = coverage == null ? null : folder.add(name, coverage);
        if (added != null) {
            entered.add(added);
        }
    }

    /// Adds the folder of this name, which is scanned with the others.
    void begin(WatchedFolder folder, String name) {
        enter(folder, name, false);
    }

    /// Scans a moved folder again, with everything below it.
    void rescan(@Nullable WatchedFolder folder) {
        if (folder != null) {
            entered.addAll(folder.below());
        }
    }

    /// The scanned part of a folder; null for none.
    @Nullable Coverage coverage(WatchedFolder above, String name) {
        if (IgnoreRules.isRepository(name)) {
            return above.coverage().isListed() ? Coverage.REPOSITORY : null;
        }
        if (above.coverage() == Coverage.PACKAGES) {
            return ScannedPackageFolders.isEntered(name) ? Coverage.PACKAGES : null;
        }
        if (!above.coverage().isListed() || isTooDeep(above)) {
            return null;
        }
        return switch (rules.verdict(above.pathOf(name), true, verdict(above))) {
            case SHARED -> Coverage.FULL;
            case TRACKED -> Coverage.TRACKED;
            case IGNORED -> IgnoreRules.isPackages(name) ? Coverage.PACKAGES : Coverage.COARSE;
        };
    }

    private static boolean isTooDeep(WatchedFolder folder) {
        int depth = 0;
        for (var at = folder; at != null; at = at.parent()) {
            depth++;
        }
        return depth > DEPTH;
    }

    private static IgnoreRules.Verdict verdict(WatchedFolder folder) {
        return folder.coverage() == Coverage.TRACKED
                ? IgnoreRules.Verdict.TRACKED
                : IgnoreRules.Verdict.SHARED;
    }

    /// Whether lists hide a name.
    boolean isIgnored(WatchedFolder folder, String name, boolean isFolder) {
        return !folder.coverage().isListed()
                || rules.verdict(folder.pathOf(name), isFolder, verdict(folder))
                        == IgnoreRules.Verdict.IGNORED;
    }

    /// The current entry of the name; null for none.
    @Nullable Entry entry(WatchedFolder folder, String name) {
        try {
            return handles.in(
                    new WorkspacePath(folder.pathOf(name)),
                    (open, itself) ->
                            entry(folder, name, DirectoryHandles.attributes(open, itself)));
        } catch (FailureException failure) {
            if (failure.failure() == Failure.REQUEST_FAILED) {
                throw failure;
            }
            return null;
        }
    }

    private Entry entry(WatchedFolder folder, String name, BasicFileAttributes attributes) {
        var kind = FileTree.Kind.of(attributes);
        long identity = attributes.fileKey() == null ? 0 : attributes.fileKey().hashCode();
        var known = folder.entry(name);
        boolean isIgnored =
                (known != null && known.isFolder() == attributes.isDirectory())
                        ? known.isIgnored()
                        : isIgnored(folder, name, attributes.isDirectory());
        if (attributes.isDirectory()) {
            return new Entry(kind, identity, isIgnored, false);
        }
        var modified = attributes.lastModifiedTime();
        long stamp = modified.to(TimeUnit.NANOSECONDS);
        stamp = stamp * 31 + attributes.size();
        stamp = stamp * 31 + identity;
        boolean isRecent = modified.toMillis() > System.currentTimeMillis() - RECENT_MILLIS;
        return new Entry(kind, stamp, isIgnored, isRecent);
    }

    /// A checkout deletes and creates: a name that is missing only briefly was not deleted.
    private void missing(WatchedFolder folder, String name) {
        var known = folder.entry(name);
        if (known == null || tree.isBrieflyMissing(folder, name)) {
            return;
        }
        isRulesChange |= name.equals(GIT_IGNORE);
        if (known.isFolder()) {
            below(folder.folder(name));
        }
        changes.add(new Change(folder, name, true));
    }

    private void below(@Nullable WatchedFolder folder) {
        if (folder == null) {
            return;
        }
        for (var each : folder.below().reversed()) {
            if (each.coverage().isListed()) {
                each.names().forEach(name -> changes.add(new Change(each, name, true)));
            }
        }
    }

    private interface FolderAction {
        void run(SecureDirectoryStream<Path> open) throws IOException;
    }

    private void inside(WatchedFolder folder, FolderAction work) {
        if (folder.parent() == null) {
            try (var open = OpenFolder.open(tree.directory())) {
                work.run(open);
            } catch (IOException failure) {
                throw DirectoryHandles.ioFailure(failure);
            }
            return;
        }
        var _ =
                handles.in(
                        new WorkspacePath(folder.path()),
                        (above, name) -> {
                            try (var open =
                                    above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                                work.run(open);
                            }
                            return true;
                        });
    }

    /// A missing root does not mean that its files were deleted. The fate of another folder is
    /// found at its name.
    private void unreadable(WatchedFolder folder, FailureException failure) {
        var above = folder.parent();
        if (above == null) {
            throw failure;
        }
        tree.unwatch(folder);
        folder.setPolled(true);
    }

    private static boolean isLegal(String path) {
        try {
            var _ = new WorkspacePath(path);
            return true;
        } catch (FailureException _) {
            return false;
        }
    }
}

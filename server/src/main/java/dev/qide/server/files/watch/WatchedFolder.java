package dev.qide.server.files.watch;

import dev.qide.server.files.FileTree;
import java.nio.file.WatchKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The known and published state of one folder. Owned by the thread that works on its tree.
final class WatchedFolder {
    private final TreeWatch tree;
    private final WatchLimits limits;
    private final Coverage coverage;
    private @Nullable WatchedFolder parent;
    private String name;
    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, WatchedFolder> folders = new HashMap<>(2);
    private @Nullable WatchKey key;
    private boolean isPolled;
    private boolean isGone;

    /// The part of a folder that is scanned.
    enum Coverage {
        /// Every name.
        FULL,
        /// Every name of an ignored folder with files that git tracks.
        TRACKED,
        /// An ignored package folder: changed names are published to language servers.
        PACKAGES,
        /// Another ignored folder: a change in it is published as one event.
        COARSE,
        /// The metadata of a repository: the set of tracked files may change.
        REPOSITORY;

        /// Whether editors list the folder's names.
        boolean isListed() {
            return this == FULL || this == TRACKED;
        }
    }

    /// One name in a folder.
    ///
    /// @param stamp distinguishes two states of a file, or two folders
    /// @param isIgnored whether lists and searches hide it
    /// @param isRecent whether it was written so shortly before the scan that a later write may
    ///   have left the same stamp
    record Entry(FileTree.Kind kind, long stamp, boolean isIgnored, boolean isRecent) {
        boolean isSame(Entry other) {
            return kind == other.kind && stamp == other.stamp;
        }

        boolean isFolder() {
            return kind == FileTree.Kind.FOLDER;
        }
    }

    private WatchedFolder(
            TreeWatch tree,
            WatchLimits limits,
            Coverage coverage,
            @Nullable WatchedFolder parent,
            String name) {
        this.tree = tree;
        this.limits = limits;
        this.coverage = coverage;
        this.parent = parent;
        this.name = name;
    }

    static WatchedFolder root(TreeWatch tree, WatchLimits limits) {
        limits.tryAcquireFolder();
        return new WatchedFolder(tree, limits, Coverage.FULL, null, "");
    }

    /// Adds a folder to this one; null above the limit.
    @Nullable WatchedFolder add(String folder, Coverage itsCoverage) {
        if (!limits.tryAcquireFolder()) {
            return null;
        }
        var added = new WatchedFolder(tree, limits, itsCoverage, this, folder);
        folders.put(folder, added);
        return added;
    }

    TreeWatch tree() {
        return tree;
    }

    Coverage coverage() {
        return coverage;
    }

    /// Its path in the workspace; empty for the root.
    String path() {
        return parent == null ? "" : parent.pathOf(name);
    }

    /// The path of a name in it.
    String pathOf(String entry) {
        if (parent == null) {
            return entry;
        }
        var names = new ArrayDeque<String>();
        for (WatchedFolder at = this; at.parent != null; at = at.parent) {
            names.push(at.name);
        }
        names.add(entry);
        return String.join("/", names);
    }

    @Nullable WatchedFolder parent() {
        return parent;
    }

    @Nullable Entry entry(String entry) {
        return entries.get(entry);
    }

    List<String> names() {
        return List.copyOf(entries.keySet());
    }

    @Nullable WatchedFolder folder(String folder) {
        return folders.get(folder);
    }

    /// The known folder at a path below this one, or null.
    ///
    /// @param path relative to this one, with `/`; empty for itself
    @Nullable WatchedFolder find(String path) {
        WatchedFolder at = this;
        for (int start = 0; at != null && start < path.length(); ) {
            int end = path.indexOf('/', start);
            end = end < 0 ? path.length() : end;
            at = at.folders.get(path.substring(start, end));
            start = end + 1;
        }
        return at;
    }

    /// @return false above the limit
    boolean put(String entry, Entry now) {
        if (!entries.containsKey(entry) && !limits.tryAcquireEntry()) {
            return false;
        }
        entries.put(entry, now);
        return true;
    }

    /// Forgets a name, and the folder of that name with everything below it.
    void remove(String entry, Consumer<WatchedFolder> ended) {
        if (entries.remove(entry) != null) {
            limits.releaseEntries(1);
        }
        dropFolder(entry, ended);
    }

    /// Forgets the content of the folder of that name.
    void dropFolder(String folder, Consumer<WatchedFolder> ended) {
        var gone = folders.remove(folder);
        if (gone != null) {
            gone.end(ended);
        }
    }

    /// Forgets this folder and everything below it.
    void end(Consumer<WatchedFolder> ended) {
        for (var each : below()) {
            each.isGone = true;
            ended.accept(each);
            each.setPolled(false);
            limits.releaseFolder();
            limits.releaseEntries(each.entries.size());
            each.entries.clear();
            each.folders.clear();
        }
    }

    /// Moves an entry of this folder, with everything below it, to a free place.
    void move(String entry, WatchedFolder target, String targetName) {
        var moved = entries.remove(entry);
        var folder = folders.remove(entry);
        if (moved != null) {
            target.entries.put(targetName, moved);
        }
        if (folder != null) {
            folder.parent = target;
            folder.name = targetName;
            target.folders.put(targetName, folder);
        }
    }

    /// This folder and all known ones below it, each before its content.
    List<WatchedFolder> below() {
        var all = new ArrayList<WatchedFolder>();
        all.add(this);
        for (int i = 0; i < all.size(); i++) {
            all.addAll(all.get(i).folders.values());
        }
        return all;
    }

    boolean isGone() {
        return isGone;
    }

    @Nullable WatchKey key() {
        return key;
    }

    void setKey(@Nullable WatchKey next) {
        key = next;
    }

    boolean isPolled() {
        return isPolled;
    }

    void setPolled(boolean next) {
        if (next != isPolled) {
            isPolled = next;
            limits.movePolled(next ? 1 : -1);
        }
    }
}

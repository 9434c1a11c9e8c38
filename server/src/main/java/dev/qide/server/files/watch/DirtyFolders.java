package dev.qide.server.files.watch;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Where something may have changed since the last look. Thread-safe; nothing blocks.
///
/// At most 16,384 names wait; when there are more, the folder of the next one is looked at as a
/// whole. There are no more folders than are watched.
final class DirtyFolders {
    private static final int NAMES = 16_384;

    private Map<WatchedFolder, Names> waiting = new HashMap<>();
    private int names;

    /// What to look at in a folder.
    ///
    /// @param isAll whether every name is meant
    /// @param changed names that an event named, also if all are meant
    record Names(boolean isAll, Set<String> changed) {}

    synchronized void add(WatchedFolder folder, String name) {
        var known = waiting.get(folder);
        if (names >= NAMES && (known == null || !known.changed().contains(name))) {
            addAll(folder);
            return;
        }
        if (known == null) {
            known = new Names(false, new HashSet<>());
            waiting.put(folder, known);
        }
        if (known.changed().add(name)) {
            names++;
        }
    }

    synchronized void addAll(WatchedFolder folder) {
        waiting.merge(
                folder,
                new Names(true, new HashSet<>()),
                (known, _) -> new Names(true, known.changed()));
    }

    synchronized boolean isEmpty() {
        return waiting.isEmpty();
    }

    synchronized Map<WatchedFolder, Names> take() {
        var taken = waiting;
        waiting = new HashMap<>();
        names = 0;
        return taken;
    }
}

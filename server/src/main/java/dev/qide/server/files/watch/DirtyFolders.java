package dev.qide.server.files.watch;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The places that may have changed since the last scan. Thread-safe; nothing blocks.
///
/// At most 16,384 names wait; beyond that, whole folders are scanned. There are at most as many
/// folders as are watched.
final class DirtyFolders {
    private static final int NAMES = 16_384;

    private Map<WatchedFolder, Names> waiting = new HashMap<>();
    private int names;

    /// The names to check in a folder.
    ///
    /// @param isAll whether to check every name
    /// @param changed the names in events, also when all are checked
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

package dev.qide.server.files.replication;

import dev.qide.server.files.FileChange;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.store.FileTreeTable;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The database's entries of one workspace's files, in the memory of the lease's holder, and the
/// paths that it has yet to compare. Thread-safe.
public final class WorkspaceReplication {
    private static final int DIRTY_PATHS = 1_000;
    private static final int EXCLUDED_FILES = 10_000;
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final Duration LONGEST_UNQUIET = Duration.ofSeconds(3);
    private static final Duration SCAN_INTERVAL = Duration.ofSeconds(10);
    private static final Duration LONGEST_SCAN_INTERVAL = Duration.ofSeconds(60);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(3);
    private static final int SHARE_OF_SCANS = 10;
    private static final Duration ALONE_WAIT = Duration.ofSeconds(3);

    private final Workspace workspace;
    private final long epoch;

    /// Taken while a pass runs.
    private final Semaphore passing = new Semaphore(1);

    private final Map<String, Exclusion> excluded = new ConcurrentHashMap<>();

    /// The files of documents as they were last seen, by path.
    private final Map<String, Entry> documentFiles = new ConcurrentHashMap<>();

    /// Held while entries are compared with the disk and written to the database.
    private final ReentrantLock changing = new ReentrantLock();

    // The following are changed by the holder of that lock.
    private final NavigableMap<String, Entry> entries = new ConcurrentSkipListMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean isComplete;
    private long failovers;

    // The following are guarded by `dirty`.
    private final Set<String> dirty = new HashSet<>();
    private long firstChange = System.nanoTime();
    private long lastChange = firstChange;
    private boolean isAllDirty = true;
    private long nextScan = firstChange;
    private long notBefore = firstChange;
    private boolean isUnheld;
    private Duration interval = SCAN_INTERVAL;

    /// The reason why a file is not stored in the database.
    public enum Exclusion {
        FILE_TOO_LARGE,
        WORKSPACE_FULL,
        TOO_MANY_FILES,
        ILLEGAL_NAME,
        UNREADABLE
    }

    /// The paths that a pass compares.
    ///
    /// @param paths null for all
    public record Work(@Nullable Set<String> paths) {}

    /// @param failovers of the database before the entries were read
    /// @param known the database's entries
    public WorkspaceReplication(
            Workspace workspace,
            long epoch,
            boolean isComplete,
            long failovers,
            List<Entry> known) {
        this.workspace = workspace;
        this.epoch = epoch;
        this.isComplete = isComplete;
        this.failovers = failovers;
        known.forEach(this::put);
    }

    public Workspace workspace() {
        return workspace;
    }

    long epoch() {
        return epoch;
    }

    ReentrantLock changing() {
        return changing;
    }

    /// Whether the first import has ended. Does not block.
    public boolean isComplete() {
        return isComplete;
    }

    void completed() {
        isComplete = true;
    }

    /// Reads the entries again if another PostgreSQL has become the primary: it may lack the newest
    /// of them, whose files only this server has then, and have others that were removed. Blocks.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`
    void followFailovers(ReplicationContext context) {
        long counted = context.failovers();
        changing.lock();
        try {
            if (counted == failovers) {
                return;
            }
            var current = context.tree().entries(workspace.id());
            entries.clear();
            documentFiles.clear();
            bytes.set(0);
            current.forEach(this::put);
            failovers = counted;
            changed();
        } finally {
            changing.unlock();
        }
    }

    /// The number of bytes of all files in the database. Does not block.
    public long bytes() {
        return bytes.get();
    }

    @Nullable Entry entry(String path) {
        return entries.get(path);
    }

    int count() {
        return entries.size();
    }

    /// Whether the entries, with the folders that contain them, would not be more than the limit.
    /// Does not block.
    public boolean hasRoomFor(Collection<WorkspacePath> paths, int limit) {
        var created = new HashSet<String>();
        for (var path : paths) {
            var above = path.value();
            while (!above.isEmpty() && entry(above) == null && created.add(above)) {
                above = above.substring(0, Math.max(0, above.lastIndexOf('/')));
            }
        }
        return created.isEmpty() || count() + created.size() <= limit;
    }

    /// The entries at a path and below it; all for an empty path.
    NavigableMap<String, Entry> below(String path) {
        // '0' follows '/'.
        return path.isEmpty() ? entries : entries.subMap(path + "/", true, path + "0", false);
    }

    void put(Entry entry) {
        var old = entries.put(entry.path(), entry);
        var _ = bytes.addAndGet(size(entry) - (old == null ? 0 : size(old)));
    }

    void remove(String path) {
        var old = entries.remove(path);
        documentFiles.remove(path);
        var _ = bytes.addAndGet(old == null ? 0 : -size(old));
    }

    /// Gives an entry and everything below it another path, here and in the database. Blocks.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE`, `STORE_UNAVAILABLE`
    public void move(String from, String to, FileTreeTable table) {
        changing.lock();
        try {
            table.move(workspace.id(), epoch, from, to);
            List.copyOf(below(to).keySet()).forEach(this::remove);
            remove(to);
            var moved = new ArrayList<>(below(from).values());
            var top = entries.get(from);
            if (top != null) {
                moved.add(top);
            }
            for (var entry : moved) {
                remove(entry.path());
                put(
                        new Entry(
                                to + entry.path().substring(from.length()),
                                entry.kind(),
                                entry.mode(),
                                entry.bytes(),
                                entry.modified(),
                                entry.content()));
            }
        } finally {
            changing.unlock();
        }
    }

    /// The bytes of the file at a path in the database. Does not block.
    public long bytesOf(String path) {
        var known = entries.get(path);
        return known == null ? 0 : size(known);
    }

    private static long size(Entry entry) {
        return entry.kind() == Kind.FILE ? entry.bytes() : 0;
    }

    /// Records the state of a document's file.
    ///
    /// @return whether it had another state, or none
    boolean isNewState(Entry file) {
        return !file.equals(documentFiles.put(file.path(), file));
    }

    /// Files that are not stored, by path; at most 10,000. Does not block.
    public Map<String, Exclusion> excluded() {
        return Map.copyOf(excluded);
    }

    void exclude(String path, Exclusion reason) {
        if (excluded.size() < EXCLUDED_FILES) {
            excluded.put(path, reason);
        }
    }

    void include(String path) {
        excluded.remove(path);
    }

    void retainExcluded(Collection<String> found) {
        excluded.keySet().retainAll(found);
    }

    /// Marks a path as possibly changed; above 1,000 the whole tree. Never blocks.
    public void changed(String path) {
        synchronized (dirty) {
            touch();
            if (isAllDirty || dirty.size() >= DIRTY_PATHS) {
                isAllDirty = true;
                dirty.clear();
            } else {
                dirty.add(path);
            }
        }
    }

    /// Marks the paths that a change concerns. Never blocks.
    public void changed(FileChange change) {
        if (change instanceof FileChange.ManyExternalChanges) {
            changed();
            return;
        }
        changed(change.path());
        if (change instanceof FileChange.Moved moved) {
            changed(moved.to());
        }
    }

    /// Marks the whole tree as possibly changed. Never blocks.
    public void changed() {
        synchronized (dirty) {
            touch();
            isAllDirty = true;
            dirty.clear();
        }
    }

    private void touch() {
        long now = System.nanoTime();
        if (dirty.isEmpty() && !isAllDirty) {
            firstChange = now;
        }
        lastChange = now;
        interval = SCAN_INTERVAL;
        nextScan = Math.min(nextScan, now + interval.toNanos());
    }

    /// The number of paths that wait. Does not block.
    public int pending() {
        synchronized (dirty) {
            return isAllDirty ? Math.max(1, dirty.size()) : dirty.size();
        }
    }

    /// How long the oldest change waits, in nanoseconds. Does not block.
    public long pendingNanos() {
        synchronized (dirty) {
            return dirty.isEmpty() && !isAllDirty ? 0 : System.nanoTime() - firstChange;
        }
    }

    /// Begins a pass if one is due and none runs; [#ended] ends it. Never blocks.
    ///
    /// @return null when none is due
    public @Nullable Work begin() {
        long now = System.nanoTime();
        synchronized (dirty) {
            if (now - notBefore < 0) {
                return null;
            }
            boolean isWaiting = isAllDirty || !dirty.isEmpty();
            boolean isQuiet =
                    now - lastChange >= QUIET.toNanos()
                            || now - firstChange >= LONGEST_UNQUIET.toNanos();
            boolean isDue = now - nextScan >= 0 || (isWaiting && isQuiet);
            if (!isDue || !passing.tryAcquire()) {
                return null;
            }
            var work = new Work(now - nextScan >= 0 || isAllDirty ? null : Set.copyOf(dirty));
            dirty.clear();
            isAllDirty = false;
            return work;
        }
    }

    /// Ends a pass. A scan of the whole tree is repeated after ten times its duration, at least 10
    /// s, and after up to a minute while nothing changes.
    public void ended(Work work, long nanos, boolean isChanged) {
        synchronized (dirty) {
            if (work.paths() == null) {
                interval = isChanged ? SCAN_INTERVAL : longer(interval);
                long wait = Math.max(interval.toNanos(), nanos * SHARE_OF_SCANS);
                nextScan = System.nanoTime() + wait;
            }
        }
        passing.release();
    }

    /// Runs a comparison outside of the schedule as soon as no pass runs, which may not have told
    /// yet what it found; after three seconds in any case. Blocks.
    public void runExclusively(Runnable comparison) {
        boolean isAlone = false;
        try {
            isAlone = passing.tryAcquire(ALONE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        try {
            comparison.run();
        } finally {
            if (isAlone) {
                passing.release();
            }
        }
    }

    /// A pass failed: the whole tree is compared again after a pause. Never blocks.
    public void failed() {
        documentFiles.clear();
        synchronized (dirty) {
            notBefore = System.nanoTime() + AFTER_A_FAILURE.toNanos();
        }
        changed();
    }

    /// Notes at the begin of a pass whether this server has the lease. A lease counts as lost at
    /// the second time, since it is not known to everybody the moment that it is taken.
    ///
    /// @return whether it is lost
    public boolean isLost(boolean isHeld) {
        synchronized (dirty) {
            boolean isLost = isUnheld && !isHeld;
            isUnheld = !isHeld;
            if (isUnheld) {
                notBefore = System.nanoTime() + AFTER_A_FAILURE.toNanos();
                isAllDirty = true;
            }
            return isLost;
        }
    }

    private static Duration longer(Duration interval) {
        var longer = interval.multipliedBy(2);
        return longer.compareTo(LONGEST_SCAN_INTERVAL) > 0 ? LONGEST_SCAN_INTERVAL : longer;
    }
}

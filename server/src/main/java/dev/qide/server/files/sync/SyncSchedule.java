package dev.qide.server.files.sync;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.WorkspaceId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Decides when each file is written: 300 ms after a document's last change, at most 2 s after its
/// first. While more than twenty documents have changes that no pass has begun to write, documents
/// under constant typing share ten writes a second; each is still written at most 10 s after its
/// first change. Passes of one file never overlap, and at most eight run at once.
///
/// Thread-safe. Holds one entry for each document with something left to do, hence at most one per
/// document in memory.
public final class SyncSchedule implements AutoCloseable {
    static final Duration AFTER_THE_LAST_CHANGE = Duration.ofMillis(300);
    static final Duration AFTER_THE_FIRST_CHANGE = Duration.ofSeconds(2);
    static final Duration MAX_DELAY_AFTER_FIRST_CHANGE = Duration.ofSeconds(10);
    static final Duration DELAY_PER_CHANGED_DOCUMENT = Duration.ofMillis(100);

    private static final int CYCLES_AT_ONCE = 8;
    private static final Outcome AFTER_A_DEFECT = Outcome.failed(Duration.ofSeconds(1));
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    private final Scheduler scheduler;
    private @Nullable Cycle cycle;
    private final Semaphore running = new Semaphore(CYCLES_AT_ONCE);

    /// Guarded by itself; never held while waiting.
    private final Map<FileSnapshots.Key, Entry> entries = new HashMap<>();

    /// The number of entries that are changed.
    private int changedEntries;

    private boolean isClosing;

    /// The result of a pass.
    ///
    /// @param retryAfter the delay until the next pass; null when none is needed
    /// @param isOnDisk whether the disk has everything that was committed when the pass began
    /// @param hasFailed whether the pass failed, for whatever reason; false if it only has to run
    ///   again, for instance because a tool is replacing the file
    public record Outcome(@Nullable Duration retryAfter, boolean isOnDisk, boolean hasFailed) {
        public static final Outcome DONE = new Outcome(null, true);

        /// The result of a pass that did not fail.
        public Outcome(@Nullable Duration retryAfter, boolean isOnDisk) {
            this(retryAfter, isOnDisk, false);
        }

        /// The result of a pass that failed.
        public static Outcome failed(Duration retryAfter) {
            return new Outcome(retryAfter, false, true);
        }
    }

    /// Runs one pass for a file and its document. Blocks; never throws.
    public interface Cycle {
        Outcome run(FileSnapshots.Key file);
    }

    private static final class Entry {
        private long changes;
        private long changesAtBegin;
        private long changesOnDisk;
        private long begunAt;
        private long unsyncedSince;
        private long firstChange;
        private long lastChange;
        private long notBefore;
        private boolean isChanged;
        private boolean isUrgent;
        private boolean isWaiting;
        private boolean isCheck;
        private boolean hasLastPassFailed;
        private boolean isRunning;
        private long timerAt;
        private Scheduler.@Nullable Timer timer;

        boolean isOnDisk() {
            return changesOnDisk == changes;
        }

        /// Whether the last pass did not write the file, and the next one has to wait.
        boolean awaitsRetry() {
            return isWaiting && !isCheck;
        }

        /// Whether a pass runs, or has to run again.
        boolean isPassing() {
            return isRunning || isUrgent || awaitsRetry();
        }
    }

    /// A schedule that runs nothing until [#start].
    public SyncSchedule(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /// Runs the cycles that are due, and all later ones. Called once.
    public void start(Cycle toRun) {
        synchronized (entries) {
            cycle = toRun;
            entries.forEach(this::arm);
        }
    }

    /// Records that the document has new text. Never blocks.
    public void changed(FileSnapshots.Key file) {
        synchronized (entries) {
            var entry = entries.computeIfAbsent(file, _ -> new Entry());
            entry.lastChange = System.nanoTime();
            if (entry.isOnDisk()) {
                entry.unsyncedSince = entry.lastChange;
            }
            entry.changes++;
            if (!entry.isChanged) {
                entry.isChanged = true;
                changedEntries++;
                entry.firstChange = entry.lastChange;
            }
            arm(file, entry);
        }
    }

    /// Runs a pass for the file now. Never blocks.
    public void expedite(FileSnapshots.Key file) {
        synchronized (entries) {
            var entry = entries.computeIfAbsent(file, _ -> new Entry());
            entry.isUrgent = true;
            arm(file, entry);
        }
    }

    /// Whether nothing is left to be written. Returns at once.
    public boolean isOnDisk(FileSnapshots.Key file) {
        synchronized (entries) {
            var entry = entries.get(file);
            return entry == null || entry.isOnDisk();
        }
    }

    /// The number of documents with text that the disk does not have.
    public int pendingCount() {
        synchronized (entries) {
            return (int) entries.values().stream().filter(entry -> !entry.isOnDisk()).count();
        }
    }

    /// How long the oldest text that the disk does not have has waited, in nanoseconds.
    public long longestPendingNanos() {
        long now = System.nanoTime();
        synchronized (entries) {
            return entries.values().stream()
                    .filter(entry -> !entry.isOnDisk())
                    .mapToLong(entry -> now - entry.unsyncedSince)
                    .max()
                    .orElse(0);
        }
    }

    /// Writes the remaining text, and waits until the disk has everything that was committed
    /// before. Stops waiting after the first failed pass.
    ///
    /// @return false if a pass failed, or the text was not on disk within `atMost`
    public boolean awaitOnDisk(FileSnapshots.Key file, Duration atMost)
            throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (entries) {
            var entry = entries.get(file);
            if (entry == null || entry.isOnDisk()) {
                return true;
            }
            long wanted = entry.changes;
            expedite(file);
            while (entries.get(file) == entry && entry.changesOnDisk < wanted) {
                if (entry.hasLastPassFailed || !isWokenBefore(end)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Writes the remaining text of a workspace's documents, and waits until the disk has all that
    /// was committed before. Does not wait for a file whose pass failed.
    public void awaitOnDisk(WorkspaceId workspace, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (entries) {
            var wanted = new HashMap<Entry, Long>();
            for (var file : List.copyOf(entries.keySet())) {
                var entry = entries.get(file);
                if (entry != null
                        && file.workspace().equals(workspace)
                        && !entry.isOnDisk()
                        && !entry.awaitsRetry()) {
                    wanted.put(entry, entry.changes);
                    expedite(file);
                }
            }
            while (wanted.entrySet().stream().anyMatch(SyncSchedule::isLeft)
                    && isWokenBefore(end)) {
                // The condition of the loop decides.
            }
        }
    }

    private static boolean isLeft(Map.Entry<Entry, Long> wanted) {
        var entry = wanted.getKey();
        return entry.changesOnDisk < wanted.getValue() && !entry.awaitsRetry();
    }

    /// Waits for the passes of a workspace's files that run, or shall run at once, until they have
    /// succeeded.
    ///
    /// @return whether there were any
    public boolean awaitPasses(WorkspaceId workspace, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (entries) {
            boolean isFound = isPassing(workspace);
            while (isPassing(workspace) && isWokenBefore(end)) {
                // The condition of the loop decides.
            }
            return isFound;
        }
    }

    private boolean isPassing(WorkspaceId workspace) {
        return entries.entrySet().stream()
                .filter(each -> each.getKey().workspace().equals(workspace))
                .anyMatch(each -> each.getValue().isPassing());
    }

    /// Writes everything that is left, for at most ten seconds.
    @Override
    public void close() {
        long end = System.nanoTime() + CLOSE_WAIT.toNanos();
        synchronized (entries) {
            isClosing = true;
            if (cycle == null) {
                return;
            }
            List.copyOf(entries.keySet()).forEach(this::expedite);
            try {
                while (!entries.isEmpty() && isWokenBefore(end)) {
                    // The condition of the loop decides.
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// @return false after the deadline
    private boolean isWokenBefore(long end) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
            return false;
        }
        entries.wait(left);
        return true;
    }

    private void arm(FileSnapshots.Key file, Entry entry) {
        if (entry.isRunning || cycle == null) {
            return;
        }
        long wait = due(entry) - System.nanoTime();
        if (entry.isUrgent || wait <= 0) {
            begin(file, entry);
            return;
        }
        if (entry.timer != null && due(entry) - entry.timerAt < 0) {
            entry.timer.cancel();
            entry.timer = null;
        }
        if (entry.timer == null) {
            entry.timerAt = due(entry);
            entry.timer = scheduler.after(Duration.ofNanos(wait), () -> timerFired(file, entry));
        }
    }

    private void timerFired(FileSnapshots.Key file, Entry entry) {
        synchronized (entries) {
            entry.timer = null;
            if (entry.isChanged || entry.isWaiting) {
                arm(file, entry);
            }
        }
    }

    /// A pass that would only recheck the last write is combined with the next write.
    private long due(Entry entry) {
        long last = entry.lastChange + AFTER_THE_LAST_CHANGE.toNanos();
        long first = entry.firstChange + afterTheFirstChange(changedEntries).toNanos();
        long changed = last - first < 0 ? last : first;
        if (!entry.isWaiting) {
            return changed;
        }
        boolean isFirst = changed - entry.notBefore < 0 || entry.isCheck;
        return entry.isChanged && isFirst ? changed : entry.notBefore;
    }

    /// The longest time from a document's first change to its next write.
    ///
    /// @param documents the number of documents with changes that no pass has begun to write
    static Duration afterTheFirstChange(int documents) {
        var shared = DELAY_PER_CHANGED_DOCUMENT.multipliedBy(documents);
        if (shared.compareTo(AFTER_THE_FIRST_CHANGE) < 0) {
            return AFTER_THE_FIRST_CHANGE;
        }
        return shared.compareTo(MAX_DELAY_AFTER_FIRST_CHANGE) < 0
                ? shared
                : MAX_DELAY_AFTER_FIRST_CHANGE;
    }

    private void begin(FileSnapshots.Key file, Entry entry) {
        if (entry.timer != null) {
            entry.timer.cancel();
            entry.timer = null;
        }
        entry.isRunning = true;
        entry.changesAtBegin = entry.changes;
        entry.begunAt = System.nanoTime();
        if (entry.isChanged) {
            entry.isChanged = false;
            changedEntries--;
        }
        entry.isUrgent = false;
        entry.isWaiting = false;
        entry.hasLastPassFailed = false;
        var toRun = Objects.requireNonNull(cycle);
        BackgroundTask.start(Thread.ofVirtual().name("file-sync"), () -> run(file, entry, toRun));
    }

    private void run(FileSnapshots.Key file, Entry entry, Cycle toRun) {
        running.acquireUninterruptibly();
        try {
            var outcome = AFTER_A_DEFECT;
            try {
                outcome = toRun.run(file);
            } finally {
                // Even an unexpected failure must not end the writing of a file for good.
                ended(file, entry, outcome);
            }
        } finally {
            running.release();
        }
    }

    private void ended(FileSnapshots.Key file, Entry entry, Outcome outcome) {
        synchronized (entries) {
            entry.isRunning = false;
            entry.hasLastPassFailed = outcome.hasFailed();
            if (outcome.isOnDisk()) {
                entry.changesOnDisk = entry.changesAtBegin;
                // What is not on disk now was committed after the pass began.
                entry.unsyncedSince = entry.begunAt;
            }
            entries.notifyAll();
            boolean isOver = outcome.retryAfter() == null || (isClosing && outcome.isOnDisk());
            if (isOver && !entry.isChanged && !entry.isUrgent) {
                entries.remove(file);
                return;
            }
            if (outcome.retryAfter() != null) {
                entry.isWaiting = true;
                entry.isCheck = outcome.isOnDisk();
                entry.notBefore = System.nanoTime() + outcome.retryAfter().toNanos();
            }
            arm(file, entry);
        }
    }
}

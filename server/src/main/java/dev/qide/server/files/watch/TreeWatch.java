package dev.qide.server.files.watch;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.DirectoryHandles;
import dev.qide.server.files.FileChange;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watch of one workspace's tree. Thread-safe.
///
/// A change is published after 100 ms, and after up to 700 ms while a tree changes constantly.
/// Folders without events are polled once a second, but polling takes at most a tenth of the time.
public final class TreeWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TreeWatch.class);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(700);

    /// After this time without a change the next one is published soon again.
    private static final Duration QUIET = Duration.ofSeconds(3);

    /// How long a name may be missing before it counts as deleted.
    private static final Duration AWAY = Duration.ofMillis(300);

    /// The maximum number of names that may be missing briefly; further names count as deleted at
    /// once.
    private static final int NAMES_AWAY = 65_536;

    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);
    private static final int SHARE_OF_LOOKS = 10;
    private static final int ROUNDS_FOR_RULES = 5;

    private final WatchContext context;
    private final Scheduler scheduler;
    private final WatchLimits limits;
    private final @Nullable FolderEvents events;
    private final DirtyFolders dirty = new DirtyFolders();
    private final PendingServerChanges serverChanges = new PendingServerChanges();

    /// Held by the thread that works on the tree, also while it waits.
    private final ReentrantLock working = new ReentrantLock();

    // The following fields are owned by the holder of that lock.
    private final WatchedFolder root;
    private final ChangeReport report;
    private final Map<String, Long> missing = new HashMap<>();
    private NetworkMounts mounts = NetworkMounts.parse("");
    private @Nullable Object rootIdentity;
    private boolean isBegun;
    private boolean isFailing;
    private long nextPoll = System.nanoTime();
    private int rounds;
    private int trackedVersion;

    private volatile boolean isArmed;
    private volatile boolean isClosed;
    private volatile long lastChange = System.nanoTime() - QUIET.toNanos();
    private volatile Duration pause = PAUSE;

    /// @param events null to poll everything
    public TreeWatch(
            WatchContext context,
            Scheduler scheduler,
            WatchLimits limits,
            @Nullable FolderEvents events) {
        this.context = context;
        this.scheduler = scheduler;
        this.limits = limits;
        this.events = events;
        root = WatchedFolder.root(this, limits);
        report = new ChangeReport(context, root, serverChanges, this::unwatch);
    }

    /// Starts the watch on a thread of its own.
    public TreeWatch begin() {
        arm(Duration.ZERO);
        return this;
    }

    /// Excludes a change by the server that has been published. Called with the path's lock held.
    public void changedByServer(FileChange change) {
        serverChanges.add(change);
    }

    /// Scans the polled folders. Called once a second; never blocks.
    public void scan() {
        arm(Duration.ZERO);
    }

    /// Ends the watch; nothing is published afterwards.
    @Override
    public void close() {
        isClosed = true;
        BackgroundTask.start(
                Thread.ofVirtual().name("file-watch-end"),
                () -> {
                    working.lock();
                    try {
                        root.end(this::unwatch);
                    } finally {
                        working.unlock();
                    }
                });
    }

    /// Marks a name as possibly changed. Never blocks.
    void changed(WatchedFolder folder, String name) {
        dirty.add(folder, name);
        scheduleSoon();
    }

    /// Marks a whole folder as possibly changed. Never blocks.
    void changed(WatchedFolder folder) {
        dirty.addAll(folder);
        scheduleSoon();
    }

    Path directory() {
        return context.workspace().directory();
    }

    /// Watches a folder unless it is watched already; polls it if it cannot be watched.
    void watch(WatchedFolder folder) {
        var key = folder.key();
        if (key != null && key.isValid() && events != null && events.folder(key) == folder) {
            return;
        }
        folder.setPolled(!isWatched(folder));
    }

    /// Ends the watch of a folder that was deleted or replaced.
    void unwatch(WatchedFolder folder) {
        if (events != null) {
            events.end(folder);
        }
    }

    /// Whether a missing name may come back; it is then checked again soon.
    boolean isBrieflyMissing(WatchedFolder folder, String name) {
        var path = folder.pathOf(name);
        long now = System.nanoTime();
        var since = missing.get(path);
        if (since == null && missing.size() >= NAMES_AWAY) {
            return false;
        }
        if (since == null || now - since >= QUIET.toNanos()) {
            missing.put(path, now);
        } else if (now - since >= AWAY.toNanos()) {
            missing.remove(path);
            return false;
        }
        dirty.add(folder, name);
        return true;
    }

    private boolean isWatched(WatchedFolder folder) {
        var directory = directory().resolve(folder.path());
        if (events == null || mounts.covers(directory)) {
            return false;
        }
        events.end(folder);
        try {
            var key = events.watch(directory);
            if (key == null) {
                return false;
            }
            var other = events.folder(key);
            if (!directory.equals(directory.toRealPath())) {
                // A link took the folder's name meanwhile.
                if (other == null) {
                    key.cancel();
                }
                return false;
            }
            if (other != null && other != folder && !other.isGone()) {
                if (isStillThere(other, directory)) {
                    // One folder at two places: events come for the first.
                    return false;
                }
                other.tree().changed(other);
            }
            assign(events, key, folder);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static void assign(FolderEvents events, WatchKey key, WatchedFolder folder) {
        events.assign(key, folder);
        folder.setKey(key);
    }

    private static boolean isStillThere(WatchedFolder folder, Path directory) throws IOException {
        try {
            return Objects.equals(
                    identity(folder.tree().directory().resolve(folder.path())),
                    identity(directory));
        } catch (IOException _) {
            return false;
        }
    }

    private static @Nullable Object identity(Path directory) throws IOException {
        return Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /// While a tree changes constantly the pauses get longer.
    private void scheduleSoon() {
        if (System.nanoTime() - lastChange >= QUIET.toNanos()) {
            pause = PAUSE;
        }
        arm(pause);
    }

    private void arm(Duration wait) {
        synchronized (dirty) {
            if (isArmed || isClosed) {
                return;
            }
            isArmed = true;
        }
        Runnable start =
                () ->
                        BackgroundTask.start(
                                Thread.ofPlatform().daemon().name("file-watch"), this::work);
        if (wait.isZero()) {
            start.run();
        } else {
            var _ = scheduler.after(wait, start);
        }
    }

    /// One scan. A failed scan is repeated for the whole tree.
    private void work() {
        working.lock();
        try {
            isArmed = false;
            if (!isClosed) {
                scanDirty();
                isFailing = false;
            }
        } catch (FailureException failure) {
            failed(failure);
        } catch (RuntimeException defect) {
            failed(defect);
            throw defect;
        } finally {
            working.unlock();
        }
    }

    private void scanDirty() {
        if (!isBegun || isRootReplaced()) {
            scanAll();
            return;
        }
        long begun = System.nanoTime();
        boolean isPoll = limits.polled() > 0 && begun - nextPoll >= 0;
        if (isPoll) {
            root.below().stream().filter(WatchedFolder::isPolled).forEach(dirty::addAll);
        }
        boolean isRulesRound = ++rounds % ROUNDS_FOR_RULES == 0;
        var scan = new TreeScan(this, context.rules(), false);
        report.skipOwn(scan);
        scan.scan(dirty.take());
        report.report(scan);
        if (!scan.changes().isEmpty()) {
            lastChange = System.nanoTime();
            var longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
        }
        if (scan.isRulesChange() || scan.isIndexChange() || isRulesRound) {
            applyRules(scan.isRulesChange());
        }
        long now = System.nanoTime();
        if (isPoll) {
            nextPoll = now + (now - begun) * SHARE_OF_LOOKS;
        }
        missing.values().removeIf(since -> now - since >= QUIET.toNanos());
        if (!dirty.isEmpty()) {
            arm(missing.isEmpty() ? pause : AWAY);
        }
    }

    /// The first scan: everything becomes known. A replaced root is compared with the known state.
    private void scanAll() {
        mounts = NetworkMounts.read();
        trackedVersion = context.rules().trackedVersion();
        var scan = new TreeScan(this, context.rules(), !isBegun);
        report.skipOwn(scan);
        rootIdentity = identityOfRoot();
        for (var each : root.below()) {
            unwatch(each);
            dirty.addAll(each);
        }
        scan.scan(dirty.take());
        report.report(scan);
        if (!isBegun) {
            isBegun = true;
            // An editor that listed the files earlier has to list them again.
            context.changes().publish(new FileChange.ManyExternalChanges(context.workspace(), ""));
        }
    }

    private boolean isRootReplaced() {
        return !Objects.equals(rootIdentity, identityOfRoot());
    }

    private @Nullable Object identityOfRoot() {
        try {
            return identity(directory());
        } catch (IOException away) {
            throw DirectoryHandles.ioFailure(away);
        }
    }

    /// Folders that became ignored, or are no longer ignored, are recorded anew; nothing in them
    /// changed.
    private void applyRules(boolean isAnnounced) {
        int version = context.rules().trackedVersion();
        if (version == trackedVersion && !isAnnounced) {
            return;
        }
        trackedVersion = version;
        var scan = new TreeScan(this, context.rules(), true);
        boolean isOther = false;
        for (var folder : root.below()) {
            if (!folder.isGone() && folder.coverage().isListed()) {
                isOther |= areRulesChanged(scan, folder);
            }
        }
        scan.scan(Map.of());
        if (isOther) {
            context.changes().publish(new FileChange.ManyExternalChanges(context.workspace(), ""));
        }
    }

    private boolean areRulesChanged(TreeScan scan, WatchedFolder folder) {
        boolean isOther = false;
        for (var name : folder.names()) {
            var known = Objects.requireNonNull(folder.entry(name));
            boolean isIgnored = scan.isIgnored(folder, name, known.isFolder());
            if (isIgnored != known.isIgnored()) {
                isOther = true;
                folder.put(
                        name,
                        new WatchedFolder.Entry(
                                known.kind(), known.stamp(), isIgnored, known.isRecent()));
            }
            var inner = folder.folder(name);
            if (inner != null && inner.coverage() != scan.coverage(folder, name)) {
                folder.dropFolder(name, this::unwatch);
                scan.begin(folder, name);
            }
        }
        return isOther;
    }

    private void failed(RuntimeException failure) {
        if (!isFailing) {
            isFailing = true;
            LOG.atWarn()
                    .addKeyValue("event.action", "files.watch_failed")
                    .addKeyValue("workspace", context.workspace().id())
                    .setCause(failure)
                    .log("scanning a workspace's tree failed; retrying every second");
        }
        for (var each : root.below()) {
            dirty.addAll(each);
        }
        arm(AFTER_A_FAILURE);
    }
}

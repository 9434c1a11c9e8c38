package dev.qide.server.files;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.files.watch.FolderEvents;
import dev.qide.server.files.watch.TreeWatch;
import dev.qide.server.files.watch.WatchContext;
import dev.qide.server.files.watch.WatchLimits;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Detects changes by tools to the files of a workspace, within two seconds.
///
/// A tree is watched while an editor is connected to its workspace ([#open]). Changes are published
/// ([FileChange.ExternalChange]), except those of documents' files, which go to [FileSync]. The
/// file of an open document is also checked once a second, whether or not an editor is connected:
/// one `stat` per file; the file is read only if that differs. Thread-safe.
public final class FileWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatcher.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    /// A file is read shortly before its document counts as open.
    private static final int ROUNDS_OF_GRACE = 10;

    /// Rounds for which an unused tree is still watched, since pages are reloaded.
    private static final int ROUNDS_UNUSED = 30;

    private static final int HASHED_BYTES = 1 << 20;

    private final WorkspaceFiles files;
    private final FileSync sync;
    private final BiPredicate<WorkspaceId, String> isOpen;
    private final Scheduler scheduler;
    private final Scheduler.Timer timer;
    private final @Nullable FolderEvents events;
    private final WatchLimits limits = new WatchLimits();

    /// Guarded by itself; never held while waiting.
    private final Map<WorkspaceId, Watched> trees = new HashMap<>();

    private final AtomicBoolean isChecking = new AtomicBoolean();
    private int round;
    private Set<FileSnapshots.Key> closed = new HashSet<>();

    private static final class Watched {
        private final TreeWatch tree;
        private int users;
        private int roundsUnused;

        private Watched(TreeWatch tree) {
            this.tree = tree;
        }
    }

    /// Keeps a tree watched until it is closed.
    public interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /// @param isOpen whether a client has the document at this path open; returns at once
    public FileWatcher(
            WorkspaceFiles files,
            FileSync sync,
            Scheduler scheduler,
            BiPredicate<WorkspaceId, String> isOpen) {
        this(files, sync, scheduler, isOpen, FolderEvents.open());
    }

    /// @param events null to poll only
    FileWatcher(
            WorkspaceFiles files,
            FileSync sync,
            Scheduler scheduler,
            BiPredicate<WorkspaceId, String> isOpen,
            @Nullable FolderEvents events) {
        this.files = files;
        this.sync = sync;
        this.scheduler = scheduler;
        this.isOpen = isOpen;
        this.events = events;
        timer = scheduler.every(PERIOD, this::tick);
        files.changes().addListener(new OwnChangesListener());
    }

    /// Registers its health and the gauges of watched files and folders.
    public FileWatcher observed(Health health, Metrics metrics) {
        health.register("file-watch", this::state);
        metrics.gauge(
                "qide_files_watched_folders",
                "Folders watched for changes by other programs.",
                () -> (double) limits.folders());
        metrics.gauge(
                "qide_files_watched_entries",
                "Watched files, folders and links.",
                () -> (double) limits.entries());
        metrics.gauge(
                "qide_files_polled_folders",
                "Watched folders that are polled because they deliver no events.",
                () -> (double) limits.polled());
        return this;
    }

    /// Down while the thread that reads the system's events has failed. Does not block.
    private Health.State state() {
        return events == null ? new Health.State.Up() : events.state();
    }

    /// Watches a workspace's tree until the result is closed. Never blocks.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public Watch open(WorkspaceId id) {
        var workspace = files.workspace(id);
        Watched watched;
        synchronized (trees) {
            watched = trees.computeIfAbsent(id, _ -> new Watched(watch(workspace)));
            watched.users++;
            watched.roundsUnused = 0;
        }
        var isOver = new AtomicBoolean();
        return () -> {
            synchronized (trees) {
                if (isOver.compareAndSet(false, true)) {
                    watched.users--;
                }
            }
        };
    }

    private TreeWatch watch(Workspace workspace) {
        return new TreeWatch(new Context(workspace), scheduler, limits, events).begin();
    }

    @Override
    public void close() {
        timer.cancel();
        synchronized (trees) {
            trees.values().forEach(watched -> watched.tree.close());
            trees.clear();
        }
        if (events != null) {
            events.close();
        }
    }

    /// Excludes the server's own changes from what the watch reports.
    private final class OwnChangesListener implements FileListener {
        @Override
        public void changed(FileChange change) {
            synchronized (trees) {
                var watched = trees.get(change.workspace().id());
                if (watched != null) {
                    watched.tree.changedByServer(change);
                }
            }
        }

        @Override
        public void workspaceDeleted(WorkspaceId workspace) {
            synchronized (trees) {
                var watched = trees.remove(workspace);
                if (watched != null) {
                    watched.tree.close();
                }
            }
        }
    }

    /// Runs at most one round at a time: rounds are skipped on a slow disk.
    private void tick() {
        synchronized (trees) {
            trees.values().removeIf(FileWatcher::isEnded);
            trees.values().forEach(watched -> watched.tree.scan());
        }
        if (isChecking.compareAndSet(false, true)) {
            BackgroundTask.start(Thread.ofVirtual().name("file-watch"), this::checkOpenFiles);
        }
    }

    private static boolean isEnded(Watched watched) {
        if (watched.users > 0 || ++watched.roundsUnused < ROUNDS_UNUSED) {
            return false;
        }
        watched.tree.close();
        return true;
    }

    private void checkOpenFiles() {
        try {
            for (var file : files.snapshots().all()) {
                if (isChanged(file)) {
                    sync.fileChanged(file.workspace(), file.path().value());
                }
            }
            if (++round % ROUNDS_OF_GRACE == 0) {
                forgetClosed();
            }
        } catch (RuntimeException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "files.watch_failed")
                    .setCause(failure)
                    .log("checking open files failed; retrying in a second");
        } finally {
            isChecking.set(false);
        }
    }

    /// Whether the file of an open document differs from the known one.
    private boolean isChanged(FileSnapshots.Key file) {
        Disk disk;
        try {
            disk = files.disk(files.workspace(file.workspace()));
        } catch (FailureException _) {
            // The workspace was deleted meanwhile.
            return false;
        }
        // The stamp is read first: a later write is found in the next round.
        var stamp = stampOrNull(disk, file.path());
        var known = files.snapshots();
        return known.differsFrom(file, stamp)
                && known.isNewContent(
                        file, stamp == null ? null : hashOrNull(disk, file.path()), stamp);
    }

    private @Nullable String hashOrNull(Disk disk, WorkspacePath path) {
        try {
            return files.hashed(disk.read(path, WorkspaceFiles.FILE_BYTES)).hash();
        } catch (FailureException _) {
            return null;
        }
    }

    private static Disk.@Nullable Stamp stampOrNull(Disk disk, WorkspacePath path) {
        try {
            return disk.stamp(path);
        } catch (FailureException _) {
            return null;
        }
    }

    /// Forgets files whose documents were closed in two consecutive rounds.
    private void forgetClosed() {
        var now = new HashSet<FileSnapshots.Key>();
        for (var file : files.snapshots().all()) {
            if (isOpen.test(file.workspace(), file.path().value())) {
                continue;
            }
            if (closed.contains(file)) {
                files.snapshots().forget(file);
            } else {
                now.add(file);
            }
        }
        closed = now;
    }

    private final class Context implements WatchContext {
        private final Workspace workspace;

        Context(Workspace workspace) {
            this.workspace = workspace;
        }

        @Override
        public Workspace workspace() {
            return workspace;
        }

        @Override
        public IgnoreRules rules() {
            return files.rules(workspace);
        }

        @Override
        public boolean isMergedByDocument(WorkspacePath path) {
            var key = new FileSnapshots.Key(workspace.id(), path);
            boolean isKnown = files.snapshots().contains(key);
            if (!isKnown && !isOpen.test(workspace.id(), path.value())) {
                return false;
            }
            if (!sync.hasDocument(workspace.id(), path.value())) {
                return false;
            }
            if (!isKnown || isChanged(key)) {
                sync.fileChanged(workspace.id(), path.value());
            }
            return true;
        }

        @Override
        public @Nullable String hash(WorkspacePath path) {
            try {
                return files.hashed(files.disk(workspace).read(path, HASHED_BYTES)).hash();
            } catch (FailureException _) {
                return null;
            }
        }

        @Override
        public void exclusively(WorkspacePath path, Runnable work) {
            var _ =
                    files.exclusively(
                            workspace,
                            List.of(path),
                            () -> {
                                work.run();
                                return true;
                            });
        }

        @Override
        public FileChanges changes() {
            return files.changes();
        }
    }
}

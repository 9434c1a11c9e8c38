package dev.qide.server.files;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.WorkspaceId;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices that the file of an open document was changed by something else, within a second or two,
/// and has the [FileSync] told. What nobody has open is not watched: it is looked at when it is
/// opened.
///
/// It polls, since that works on every file system: one `stat` a file and second, and the file is
/// read only when that says something new. Thread-safe.
public final class FileWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatcher.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    /// A file is read shortly before its document counts as open.
    private static final int ROUNDS_OF_GRACE = 10;

    private final WorkspaceFiles files;
    private final FileSync sync;
    private final BiPredicate<WorkspaceId, String> isOpen;
    private final Scheduler.Timer timer;
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private int round;
    private Set<FileSnapshots.Key> closed = new HashSet<>();

    /// @param isOpen whether somebody has the document at this path open; answers at once
    public FileWatcher(
            WorkspaceFiles files,
            FileSync sync,
            Scheduler scheduler,
            BiPredicate<WorkspaceId, String> isOpen) {
        this.files = files;
        this.sync = sync;
        this.isOpen = isOpen;
        timer = scheduler.every(PERIOD, this::wake);
    }

    @Override
    public void close() {
        timer.cancel();
    }

    /// At most one round at a time: on a slow disk rounds are left out.
    private void wake() {
        if (isLooking.compareAndSet(false, true)) {
            BackgroundTask.start(Thread.ofVirtual().name("file-watch"), this::look);
        }
    }

    private void look() {
        try {
            for (var file : files.known().all()) {
                if (files.isChanged(file)) {
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
                    .log("a look at open files failed; the next one comes in a second");
        } finally {
            isLooking.set(false);
        }
    }

    /// Forgets what was closed at two such looks in a row.
    private void forgetClosed() {
        var now = new HashSet<FileSnapshots.Key>();
        for (var file : files.known().all()) {
            if (isOpen.test(file.workspace(), file.path().value())) {
                continue;
            }
            if (closed.contains(file)) {
                files.known().forget(file);
            } else {
                now.add(file);
            }
        }
        closed = now;
    }
}

package dev.qide.server.files.watch;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The inotify events of all folders that one server watches. Thread-safe.
///
/// The system limits the watches of one user (`fs.inotify.max_user_watches`). When they are used
/// up, [#watch] returns null for a minute, and the folders are polled.
public final class FolderEvents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderEvents.class);
    private static final Duration AFTER_A_REFUSAL = Duration.ofMinutes(1);
    private static final WatchEvent.Kind<?>[] KINDS = {
        StandardWatchEventKinds.ENTRY_CREATE,
        StandardWatchEventKinds.ENTRY_DELETE,
        StandardWatchEventKinds.ENTRY_MODIFY
    };

    private final WatchService service;
    private final Map<WatchKey, WatchedFolder> folders = new ConcurrentHashMap<>();
    private final BackgroundTask dispatch;
    private volatile long refusedUntil;
    private volatile boolean isRefused;

    private FolderEvents(WatchService service) {
        this.service = service;
        dispatch = new BackgroundTask(Thread.ofVirtual().name("file-events"), this::dispatch);
    }

    /// The events of this system; null without inotify, or when no instance is left.
    public static @Nullable FolderEvents open() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return null;
        }
        try {
            var events = new FolderEvents(FileSystems.getDefault().newWatchService());
            events.dispatch.begin();
            return events;
        } catch (IOException none) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.watch_unavailable")
                    .setCause(none)
                    .log("folders are polled: raise fs.inotify.max_user_instances");
            return null;
        }
    }

    /// Down while the thread that reads events has failed. Does not block.
    public Health.State state() {
        return dispatch.state();
    }

    /// Watches a folder.
    ///
    /// @return the key, which belongs to another folder when both are the same one on disk; null
    ///   when the folder cannot be watched
    @Nullable WatchKey watch(Path directory) throws IOException {
        if (isRefused && System.nanoTime() - refusedUntil < 0) {
            return null;
        }
        try {
            return directory.register(service, KINDS);
        } catch (NoSuchFileException | NotDirectoryException gone) {
            throw gone;
        } catch (IOException | ClosedWatchServiceException failure) {
            refused(failure);
            return null;
        }
    }

    @Nullable WatchedFolder folder(WatchKey key) {
        return folders.get(key);
    }

    void assign(WatchKey key, WatchedFolder folder) {
        folders.put(key, folder);
    }

    /// Ends the watch of a folder, unless its key belongs to another one now.
    void end(WatchedFolder folder) {
        var key = folder.key();
        folder.setKey(null);
        if (key != null && folders.remove(key, folder)) {
            try {
                key.cancel();
            } catch (ClosedWatchServiceException _) {
                // The server stops.
            }
        }
    }

    @Override
    public void close() {
        dispatch.close();
        try {
            service.close();
        } catch (IOException _) {
            // No further events come in either case.
        }
    }

    private void refused(Exception failure) {
        if (!isRefused) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.watch_refused")
                    .setCause(failure)
                    .log(
                            "the system refuses to watch more folders, which are polled: raise fs.inotify.max_user_watches");
        }
        refusedUntil = System.nanoTime() + AFTER_A_REFUSAL.toNanos();
        isRefused = true;
    }

    private void dispatch() throws InterruptedException {
        try {
            while (true) {
                var key = service.take();
                var folder = folders.get(key);
                for (var event : key.pollEvents()) {
                    if (folder != null) {
                        dispatch(folder, event);
                    }
                }
                if (!key.reset() && folder != null) {
                    // The folder was deleted or replaced.
                    folder.tree().changed(folder);
                }
            }
        } catch (ClosedWatchServiceException _) {
            // The server stops.
        }
    }

    private static void dispatch(WatchedFolder folder, WatchEvent<?> event) {
        if (event.kind().equals(StandardWatchEventKinds.OVERFLOW) || event.context() == null) {
            folder.tree().changed(folder);
        } else {
            folder.tree().changed(folder, event.context().toString());
        }
    }
}

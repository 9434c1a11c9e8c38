package dev.qide.server.files.watch;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The memory bounds of all watches of one server, and their present use. What exceeds them is not
/// watched, which is logged once. Thread-safe.
///
/// An entry takes about 140 bytes, a folder about 400, and one KiB of kernel memory when inotify
/// watches it.
public final class WatchLimits {
    private static final Logger LOG = LoggerFactory.getLogger(WatchLimits.class);

    /// The maximum number of folders in all workspaces.
    static final int FOLDERS = 50_000;

    /// The maximum number of files, folders and links in all workspaces.
    static final int ENTRIES = 400_000;

    private final int maxFolders;
    private final int maxEntries;
    private final AtomicInteger folders = new AtomicInteger();
    private final AtomicInteger entries = new AtomicInteger();
    private final AtomicInteger polled = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();

    public WatchLimits() {
        this(FOLDERS, ENTRIES);
    }

    WatchLimits(int maxFolders, int maxEntries) {
        this.maxFolders = maxFolders;
        this.maxEntries = maxEntries;
    }

    /// The number of known folders.
    public int folders() {
        return folders.get();
    }

    /// The number of known files, folders and links.
    public int entries() {
        return entries.get();
    }

    /// The number of polled folders.
    public int polled() {
        return polled.get();
    }

    boolean tryAcquireFolder() {
        return tryAcquire(folders, maxFolders);
    }

    void releaseFolder() {
        folders.decrementAndGet();
    }

    boolean tryAcquireEntry() {
        return tryAcquire(entries, maxEntries);
    }

    void releaseEntries(int count) {
        entries.addAndGet(-count);
    }

    void movePolled(int difference) {
        polled.addAndGet(difference);
    }

    private boolean tryAcquire(AtomicInteger count, int most) {
        if (count.incrementAndGet() <= most) {
            return true;
        }
        count.decrementAndGet();
        if (refused.getAndIncrement() == 0) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.watch_limited")
                    .addKeyValue("files", most)
                    .log(
                            "a tree is too large to be watched as a whole: changes by tools in the rest are not reported; name generated folders in .gitignore");
        }
        return false;
    }
}

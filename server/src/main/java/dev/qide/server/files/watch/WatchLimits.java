package dev.qide.server.files.watch;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How much all watches of one server may hold together, and how much they hold. What is beyond is
/// not watched, which the log says once. Thread-safe.
///
/// An entry takes about 140 bytes of memory, a folder about 400 and, where inotify watches it, one
/// kibibyte of the kernel's.
public final class WatchLimits {
    private static final Logger LOG = LoggerFactory.getLogger(WatchLimits.class);

    /// Folders of all workspaces.
    static final int FOLDERS = 50_000;

    /// Files, folders and links of all workspaces.
    static final int ENTRIES = 400_000;

    private final int mostFolders;
    private final int mostEntries;
    private final AtomicInteger folders = new AtomicInteger();
    private final AtomicInteger entries = new AtomicInteger();
    private final AtomicInteger polled = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();

    public WatchLimits() {
        this(FOLDERS, ENTRIES);
    }

    WatchLimits(int mostFolders, int mostEntries) {
        this.mostFolders = mostFolders;
        this.mostEntries = mostEntries;
    }

    /// Folders that are known.
    public int folders() {
        return folders.get();
    }

    /// Files, folders and links that are known.
    public int entries() {
        return entries.get();
    }

    /// Folders that are polled.
    public int polled() {
        return polled.get();
    }

    boolean takeFolder() {
        return isTaken(folders, mostFolders);
    }

    void releaseFolder() {
        folders.decrementAndGet();
    }

    boolean takeEntry() {
        return isTaken(entries, mostEntries);
    }

    void releaseEntries(int count) {
        entries.addAndGet(-count);
    }

    void movePolled(int difference) {
        polled.addAndGet(difference);
    }

    private boolean isTaken(AtomicInteger count, int most) {
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

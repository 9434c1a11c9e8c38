package dev.qide.server.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A file that editors have open: the text that was saved last, and the editors' copies.
///
/// Thread-safe; its lock is never held during I/O.
final class SavedFile {
    /// The latest texts of the file that are kept, besides those that editors have read.
    private static final int VERSIONS = 64;

    private final List<WorkingCopy> copies = new ArrayList<>();
    private final AtomicBoolean isToBeRead = new AtomicBoolean();
    private final ArrayDeque<Version> versions = new ArrayDeque<>();
    private String saved;

    SavedFile(String onDisk) {
        this.saved = onDisk;
        remember(onDisk);
    }

    /// A text that the file had.
    private record Version(int length, int hash) {
        static Version of(String text) {
            return new Version(text.length(), text.hashCode());
        }
    }

    /// Three texts to merge.
    ///
    /// @param base that the editor had read
    /// @param before what the file had before the editor wrote it
    record Merge(String base, String before, String written) {
        int characters() {
            return base.length() + before.length() + written.length();
        }
    }

    /// Adds the copy of an editor that has opened the file. An editor may have read what the file
    /// had a moment ago, or what another one has written and not announced yet.
    synchronized void add(WorkingCopy copy, String onDisk) {
        copies.add(copy);
        remember(onDisk);
        copy.setBase(copy.has(saved) ? saved : copy.written(onDisk));
    }

    /// Removes a copy.
    ///
    /// @return whether none is left
    synchronized boolean remove(WorkingCopy copy) {
        copies.remove(copy);
        return copies.isEmpty();
    }

    /// An editor that reloads the file need not close and open it.
    synchronized void changed(WorkingCopy copy) {
        if (!saved.equals(copy.base()) && copy.has(saved)) {
            copy.setBase(saved);
        }
    }

    /// Records that an editor says that it has written the file.
    ///
    /// @param onDisk what the file has now; another editor may have written it since
    /// @return the texts to merge; null when nobody else has written in between
    synchronized @Nullable Merge saved(WorkingCopy copy, String onDisk) {
        var written = copy.written(onDisk);
        var base = copy.base();
        boolean isThere = written.equals(onDisk);
        if (!copy.isInPlace(isThere || !base.equals(onDisk))) {
            return null;
        }
        copy.setBase(written);
        boolean isKnown = versions.contains(Version.of(base));
        remember(written);
        if (!isKnown || saved.equals(base) || saved.equals(written)) {
            // Nobody else has saved in between, or the editor had unsaved changes when it began.
            saved = written;
            return null;
        }
        return new Merge(base, saved, written);
    }

    /// Records the result of a merge.
    ///
    /// @return false when another save was recorded meanwhile: the merge must be repeated
    synchronized boolean merged(Merge merge, String text) {
        boolean isCurrent = saved.equals(merge.before());
        if (isCurrent) {
            saved = text;
            remember(text);
        }
        return isCurrent;
    }

    /// The same merge with what was saved meanwhile.
    synchronized Merge again(Merge merge) {
        return new Merge(merge.base(), saved, merge.written());
    }

    /// Records what somebody else has written. An editor that has the same text says so itself.
    synchronized void found(String onDisk) {
        if (!saved.equals(onDisk) && copies.stream().noneMatch(copy -> copy.has(onDisk))) {
            saved = onDisk;
            remember(onDisk);
        }
    }

    private void remember(String text) {
        var version = Version.of(text);
        versions.remove(version);
        versions.add(version);
        if (versions.size() > VERSIONS + copies.size()) {
            // At least one of them is no editor's.
            versions.stream().filter(old -> !isBase(old)).findFirst().ifPresent(versions::remove);
        }
    }

    private boolean isBase(Version version) {
        return copies.stream().anyMatch(copy -> Version.of(copy.base()).equals(version));
    }

    /// @return false when somebody else reads the file soon
    boolean beginRead() {
        return isToBeRead.compareAndSet(false, true);
    }

    void endRead() {
        isToBeRead.set(false);
    }
}

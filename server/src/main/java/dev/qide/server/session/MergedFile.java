package dev.qide.server.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A file that editors have open: the text that was saved last, and the editors' texts.
///
/// Thread-safe; its lock is never held during I/O.
final class MergedFile {
    /// The latest texts of the file that are kept, besides those that editors have read.
    private static final int VERSIONS = 64;

    private final List<OpenFileText> openTexts = new ArrayList<>();
    private final AtomicBoolean isToBeRead = new AtomicBoolean();
    private final ArrayDeque<Version> versions = new ArrayDeque<>();
    private String saved;
    private volatile long newestChange;

    MergedFile(String onDisk) {
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

    /// Adds the text of an editor that has opened the file. An editor may have read what the file
    /// had a moment ago, or what another one has written and not announced yet.
    synchronized void add(OpenFileText open, String onDisk) {
        openTexts.add(open);
        remember(onDisk);
        open.setBase(open.has(saved) ? saved : open.written(onDisk));
    }

    /// Removes the text of an editor that has closed the file.
    ///
    /// @return whether none is left
    synchronized boolean remove(OpenFileText open) {
        openTexts.remove(open);
        return openTexts.isEmpty();
    }

    /// Records that an editor has changed its text. A text equal to the saved one becomes the base:
    /// the editor may reload a file without closing it.
    synchronized void changed(OpenFileText open) {
        if (!saved.equals(open.base()) && open.has(saved)) {
            open.setBase(saved);
        }
    }

    /// Records an editor's report that it has written the file.
    ///
    /// @param onDisk the file's current text; another editor may have written it since
    /// @return the texts to merge; null when nobody else has written in between
    synchronized @Nullable Merge saved(OpenFileText open, String onDisk) {
        var written = open.written(onDisk);
        var base = open.base();
        boolean isThere = written.equals(onDisk);
        if (!open.isInPlace(isThere || !base.equals(onDisk))) {
            return null;
        }
        open.setBase(written);
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

    /// Repeats a merge with the text that was saved meanwhile.
    synchronized Merge again(Merge merge) {
        return new Merge(merge.base(), saved, merge.written());
    }

    /// Records a text that a tool has written. Ignores a text that an open editor has: that editor
    /// reports its own write.
    synchronized void found(String onDisk) {
        if (!saved.equals(onDisk) && openTexts.stream().noneMatch(open -> open.has(onDisk))) {
            saved = onDisk;
            remember(onDisk);
        }
    }

    private void remember(String text) {
        var version = Version.of(text);
        versions.remove(version);
        versions.add(version);
        if (versions.size() > VERSIONS + openTexts.size()) {
            // At least one of them is no editor's.
            versions.stream().filter(old -> !isBase(old)).findFirst().ifPresent(versions::remove);
        }
    }

    private boolean isBase(Version version) {
        return openTexts.stream().anyMatch(open -> Version.of(open.base()).equals(version));
    }

    /// Records that somebody has written the file.
    ///
    /// @param nanos the time, as [System#nanoTime] gives it
    /// @return false when the file is read soon anyway
    boolean beginRead(long nanos) {
        newestChange = nanos;
        return isToBeRead.compareAndSet(false, true);
    }

    /// When somebody wrote the file last, as [System#nanoTime] gave it.
    long newestChange() {
        return newestChange;
    }

    void endRead() {
        isToBeRead.set(false);
    }
}

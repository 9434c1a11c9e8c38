package dev.qide.server.session;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.FileChange;
import dev.qide.server.files.FileListener;
import dev.qide.server.files.Precondition;
import dev.qide.server.files.TextFile;
import dev.qide.server.files.Workspace;
import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.files.WorkspaceRegistry;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.text.ThreeWayMerge;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Merges what several editors write to one file.
///
/// An editor without Yjs writes the file itself, and so overwrites what others have written since
/// it read the file. Its `didOpen`, `didChange` and `didSave` show which text it had read (the
/// base) and which it has written ([OpenFileText]). If the file had another text in between, a
/// three-way merge with that base combines both, and the result is written to the file.
///
/// Thread-safe. Reads and writes files on the caller's thread; no lock is held meanwhile.
public final class SaveMerger implements FileListener {
    private static final Logger LOG = LoggerFactory.getLogger(SaveMerger.class);

    /// The longest text that is merged, in characters.
    static final int TEXT_CHARACTERS = 1 << 20;

    /// The maximum of all open texts together, in characters; a text that exceeds it is not merged.
    private static final long ALL_CHARACTERS = 64L << 20;

    /// Editors that compare the times of files in whole seconds (Neovim 0.7) do not notice a write
    /// right after their own. So a merged file is written again.
    private static final Duration AGAIN = Duration.ofSeconds(2);

    /// The maximum time between an editor's write and its `didSave`.
    private static final Duration SAID_WITHIN = Duration.ofSeconds(2);

    /// The maximum time until a file is read that is written again and again.
    private static final Duration READ_WITHIN = Duration.ofSeconds(10);

    private final WorkspaceFiles files;
    private final WorkspaceRegistry workspaces;
    private final Scheduler scheduler;
    private final Map<Key, MergedFile> byPath = new ConcurrentHashMap<>();
    private final AtomicLong characters = new AtomicLong();

    private SaveMerger(WorkspaceFiles files, WorkspaceRegistry workspaces, Scheduler scheduler) {
        this.files = files;
        this.workspaces = workspaces;
        this.scheduler = scheduler;
    }

    /// Listens to the changes of files.
    public static SaveMerger of(
            WorkspaceFiles files, WorkspaceRegistry workspaces, Scheduler scheduler) {
        var saved = new SaveMerger(files, workspaces, scheduler);
        files.changes().addListener(saved);
        return saved;
    }

    record Key(WorkspaceId workspace, String path) {}

    /// The text of a file.
    ///
    /// @param hash of its bytes
    private record OnDisk(String text, String hash) {}

    /// The workspace of an editor.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    Workspace workspace(WorkspaceId id) {
        return workspaces.of(id);
    }

    /// Records that an editor has opened a file.
    ///
    /// @return the text in the editor; null when it cannot be merged
    @Nullable OpenFileText opened(Key key, String text) {
        var onDisk = text.length() > TEXT_CHARACTERS ? null : read(key);
        if (onDisk == null) {
            return null;
        }
        if (characters.addAndGet(text.length()) > ALL_CHARACTERS) {
            characters.addAndGet(-text.length());
            return null;
        }
        var open = new OpenFileText(key, text);
        byPath.compute(
                key,
                (_, known) -> {
                    var file = known == null ? new MergedFile(onDisk.text()) : known;
                    file.add(open, onDisk.text());
                    return file;
                });
        return open;
    }

    void closed(OpenFileText open) {
        characters.addAndGet(-open.countedCharacters());
        byPath.computeIfPresent(open.key(), (_, file) -> file.remove(open) ? null : file);
    }

    /// Records that an editor has changed its text.
    ///
    /// @return false when the bound of all texts is exceeded: the text must be closed
    boolean changed(OpenFileText open) {
        int grown = open.recount();
        if (characters.addAndGet(grown) > ALL_CHARACTERS && grown > 0) {
            return false;
        }
        var file = byPath.get(open.key());
        if (file != null) {
            file.changed(open);
        }
        return true;
    }

    /// Merges the text that an editor has just written with what others wrote since it read the
    /// file.
    ///
    /// @return whether the file has another text now
    boolean saved(OpenFileText open) {
        var file = byPath.get(open.key());
        var onDisk = file == null ? null : read(open.key());
        if (file == null || onDisk == null) {
            return false;
        }
        var merge = file.saved(open, onDisk.text());
        if (merge == null) {
            return false;
        }
        var merged = merged(merge);
        while (!file.merged(merge, merged)) {
            merge = file.again(merge);
            merged = merged(merge);
        }
        // Whoever has written anything else has not said so yet, and is merged then.
        boolean isExpected =
                onDisk.text().equals(merge.written()) || onDisk.text().equals(merge.before());
        return isExpected
                && !merged.equals(onDisk.text())
                && write(open.key(), merged, onDisk.hash());
    }

    private String merged(MergedFile.Merge merge) {
        return files.compute(
                merge.characters(),
                () -> ThreeWayMerge.merge(merge.base(), merge.before(), merge.written()));
    }

    @Override
    public void changed(FileChange change) {
        var key = new Key(change.workspace().id(), change.path());
        var file = byPath.get(key);
        if (file == null) {
            return;
        }
        if (change instanceof FileChange.Saved) {
            readAgain(key, file, () -> {});
            return;
        }
        long now = System.nanoTime();
        if (file.beginRead(now)) {
            readWhenQuiet(key, file, now + READ_WITHIN.toNanos(), SAID_WITHIN);
        }
    }

    /// Reads the file once it has been quiet for a while. An editor's write is visible on disk
    /// before the editor reports it; a read in between would mistake it for a tool's write.
    ///
    /// @param latest the latest time to read it, by [System#nanoTime]
    private void readWhenQuiet(Key key, MergedFile file, long latest, Duration wait) {
        var _ =
                scheduler.after(
                        wait,
                        () -> {
                            long now = System.nanoTime();
                            var quiet = Duration.ofNanos(now - file.newestChange());
                            if (quiet.compareTo(SAID_WITHIN) < 0 && now - latest < 0) {
                                readWhenQuiet(key, file, latest, SAID_WITHIN.minus(quiet));
                            } else {
                                readAgain(key, file, file::endRead);
                            }
                        });
    }

    private void readAgain(Key key, MergedFile file, Runnable begun) {
        BackgroundTask.start(
                Thread.ofVirtual().name("saved-file"),
                () -> {
                    begun.run();
                    var onDisk = read(key);
                    if (onDisk != null) {
                        file.found(onDisk.text());
                    }
                });
    }

    private boolean write(Key key, String text, String hash) {
        try {
            var workspace = workspaces.of(key.workspace());
            var expected = new Precondition.Unchanged(Set.of(hash));
            var written = files.writeText(workspace.name(), key.path(), text, expected, "");
            LOG.atInfo()
                    .addKeyValue("event.action", "session.save_merged")
                    .addKeyValue("workspace", key.workspace())
                    .log("a file has what several editors saved");
            var _ = scheduler.after(AGAIN, () -> writeAgain(key, text, written.hash()));
            return true;
        } catch (FailureException refused) {
            // Somebody has written the file again: that save is merged in its turn.
            LOG.atInfo()
                    .addKeyValue("event.action", "session.save_merge_refused")
                    .addKeyValue("workspace", key.workspace())
                    .addKeyValue("failure", refused.failure().wireName())
                    .log("a merged save was not written");
            return false;
        }
    }

    private void writeAgain(Key key, String text, String hash) {
        BackgroundTask.start(
                Thread.ofVirtual().name("saved-file"),
                () -> {
                    try {
                        var workspace = workspaces.of(key.workspace());
                        var expected = new Precondition.Unchanged(Set.of(hash));
                        var _ = files.writeText(workspace.name(), key.path(), text, expected, "");
                    } catch (FailureException changed) {
                        LOG.atDebug()
                                .addKeyValue("event.action", "session.save_merge_refused")
                                .addKeyValue("workspace", key.workspace())
                                .addKeyValue("failure", changed.failure().wireName())
                                .log("a merged save has changed since");
                    }
                });
    }

    private @Nullable OnDisk read(Key key) {
        try {
            var content = files.read(workspaces.of(key.workspace()).name(), key.path());
            var text =
                    content.bytes().length > TextFile.SHARED_TEXT_BYTES
                            ? null
                            : TextFile.decodedOrNull(content.bytes());
            return text == null ? null : new OnDisk(text.text(), content.hash());
        } catch (FailureException _) {
            // It does not exist yet, or is none of the project's files.
            return null;
        }
    }
}

package dev.qide.server.files.replication;

import dev.qide.server.files.replication.FileCapture.Early;
import dev.qide.server.files.replication.WorkspaceReplication.Exclusion;
import dev.qide.server.store.BlobTable.Chunk;
import dev.qide.server.store.FileTreeTable.Change;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.server.store.WorkspaceId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Entries that are compared with the disk and change together in the database. Owned by the holder
/// of [WorkspaceReplication#changing()].
final class UploadBatch {
    private final WorkspaceReplication replication;
    private final ReplicationContext context;
    private final DirectoryEntries entries;
    private final FileCapture capture;
    private final Map<String, String> documents;
    private final Map<String, Early> early;

    private final List<Entry> put = new ArrayList<>();
    private final List<String> removed = new ArrayList<>();
    private final List<Early> small = new ArrayList<>();
    private final Set<String> former = new HashSet<>();
    private final List<String> refused = new ArrayList<>();
    private long added;
    private int created;

    /// @param documents the hashes of the texts of documents, by path
    /// @param early candidates that were read, by path
    UploadBatch(
            WorkspaceReplication replication,
            ReplicationContext context,
            DirectoryEntries entries,
            FileCapture capture,
            Map<String, String> documents,
            Map<String, Early> early) {
        this.replication = replication;
        this.context = context;
        this.entries = entries;
        this.capture = capture;
        this.documents = documents;
        this.early = early;
    }

    void add(Entry candidate) {
        var ready = early.get(candidate.path());
        var now = ready == null ? entries.find(candidate.path()) : candidate;
        if (now == null) {
            // The next pass finds that it is gone.
            replication.changed(candidate.path());
        } else if (now.kind() != Kind.FILE) {
            if (!isOneTooMany(now)) {
                put.add(now);
            }
        } else if (documents.containsKey(now.path())) {
            document(now);
        } else if (isRefused(now)) {
            refused.add(now.path());
            remove(now.path());
        } else {
            file(now, ready);
        }
    }

    /// A file whose document has its text; the entry only carries the mode, unless the file has not
    /// changed since the document began.
    private void document(Entry now) {
        var known = replication.entry(now.path());
        var base = documents.get(now.path());
        boolean isBase = known != null && known.kind() == Kind.FILE && known.content().equals(base);
        var next =
                isBase && known != null
                        ? new Entry(
                                now.path(),
                                Kind.FILE,
                                now.mode(),
                                known.bytes(),
                                known.modified(),
                                known.content())
                        : new Entry(now.path(), Kind.DOCUMENT, now.mode(), 0, 0, "");
        if (!next.equals(known)) {
            put.add(next);
            created += known == null ? 1 : 0;
        }
        if (now.bytes() > FileCapture.WHOLE_BYTES || !isContent(now, base)) {
            context.documentFileChanged(replication.workspace(), now.path());
        }
    }

    private boolean isContent(Entry now, @Nullable String hash) {
        var read = capture.read(now);
        return read != null && read.content().hash().equals(hash);
    }

    private void file(Entry now, @Nullable Early ready) {
        long growth = now.bytes() - replication.bytesOf(now.path());
        if (now.bytes() <= FileCapture.WHOLE_BYTES) {
            var read = ready == null ? capture.read(now) : ready;
            if (read == null) {
                unread(now);
            } else {
                small.add(read);
                added += growth;
            }
            return;
        }
        var captured = capture.captureLarge(now);
        if (captured == null) {
            unread(now);
        } else {
            put.add(captured.entry());
            added += growth;
        }
    }

    private void unread(Entry now) {
        replication.exclude(now.path(), Exclusion.UNREADABLE);
        replication.changed(now.path());
    }

    private boolean isRefused(Entry now) {
        long others = replication.bytes() + added - replication.bytesOf(now.path());
        if (now.bytes() > context.bounds().fileBytes()) {
            replication.exclude(now.path(), Exclusion.FILE_TOO_LARGE);
            return true;
        }
        if (others + now.bytes() > context.bounds().workspaceBytes()) {
            replication.exclude(now.path(), Exclusion.WORKSPACE_FULL);
            return true;
        }
        return isOneTooMany(now);
    }

    private boolean isOneTooMany(Entry now) {
        boolean isNew = replication.entry(now.path()) == null;
        if (isNew && replication.count() + created >= context.bounds().entries()) {
            replication.exclude(now.path(), Exclusion.TOO_MANY_FILES);
            return true;
        }
        created += isNew ? 1 : 0;
        replication.include(now.path());
        return false;
    }

    void remove(String path) {
        if (replication.entry(path) != null) {
            removed.add(path);
        }
    }

    /// Writes the changes to the database. Blocks.
    ///
    /// @return whether there are any
    boolean write() {
        var chunks = new ArrayList<Chunk>();
        for (var captured : capture.captured(small)) {
            put.add(captured.entry());
            chunks.addAll(captured.chunks());
        }
        // Before the database forgets them: a server that is killed in between must keep its files.
        refused.retainAll(removed);
        context.copies().addUnstored(id(), Set.copyOf(refused));
        removed.forEach(this::collectFormer);
        put.forEach(entry -> collectFormer(entry.path()));
        context.blobs().put(id(), replication.epoch(), chunks);
        context.tree().apply(id(), replication.epoch(), new Change(put, removed, former));
        removed.forEach(replication::remove);
        for (var entry : put) {
            replication.put(entry);
            if (entry.kind() == Kind.FILE && entry.modified() == 0) {
                // Its time says too little: it is compared once more.
                replication.changed(entry.path());
            }
        }
        return !put.isEmpty() || !removed.isEmpty();
    }

    private void collectFormer(String path) {
        var known = replication.entry(path);
        if (known != null && known.kind() == Kind.FILE) {
            former.add(known.content());
        }
    }

    private WorkspaceId id() {
        return replication.workspace().id();
    }
}

package dev.qide.server.files.replication;

import dev.qide.server.files.replication.FileCapture.Early;
import dev.qide.server.files.replication.WorkspaceReplication.Exclusion;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One comparison of a workspace's directory with the database, which uploads the differences.
/// Owned by one thread.
///
/// A repository of git is read in an order that keeps it whole: the files that name objects are
/// read before the objects are listed, and written after them, with the deletions. So every object
/// that a reference in the database names is there too.
public final class TreeUpload {
    private static final int BATCH_ENTRIES = 250;
    private static final long BATCH_BYTES = 8L << 20;
    private static final long EARLY_BYTES = 32L << 20;

    private final WorkspaceReplication replication;
    private final ReplicationContext context;
    private final DirectoryEntries entries;
    private final ReplicatedFiles replicated;
    private final FileCapture capture;

    /// Candidates that are read early, by path.
    private final Map<String, Early> early = new LinkedHashMap<>();

    private Map<String, String> documents = Map.of();
    private boolean isChanged;

    public TreeUpload(
            WorkspaceReplication replication, ReplicationContext context, InstantSource clock) {
        this.replication = replication;
        this.context = context;
        var root = replication.workspace().directory();
        entries = new DirectoryEntries(root, context.files().diskAt(root));
        replicated = new ReplicatedFiles(entries, context.rules(replication.workspace()));
        capture = new FileCapture(replication, context, entries, clock);
    }

    /// Compares the whole tree. Blocks.
    ///
    /// @return whether something differed
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when this server no longer has the lease,
    ///   `STORE_UNAVAILABLE`, `REQUEST_FAILED` when the disk refuses
    public boolean all() {
        replication.followFailovers(context);
        documents = context.tree().documents(id(), null);
        var found = replicated.all();
        if (found.entries().isEmpty() && replication.count() > 0) {
            // A disk that is not mounted, rather than a tool that deleted everything.
            throw new FailureException(
                    Failure.REQUEST_FAILED, Map.of("reason", "the-directory-is-empty"));
        }
        upload(found.entries(), found.objects(), replication.below("").keySet());
        if (!found.entries().isEmpty()) {
            reportMissing(found.entries());
        }
        replication.retainExcluded(found.entries().keySet());
        context.copies().putUnstored(id(), unstored(found.entries()));
        found.illegal().forEach(path -> replication.exclude(path, Exclusion.ILLEGAL_NAME));
        if (!replication.isComplete()) {
            context.tree().complete(id(), replication.epoch());
            replication.completed();
        }
        return isChanged;
    }

    /// Compares some paths with everything below them. Blocks.
    ///
    /// @return whether something differed
    /// @throws FailureException as [#all()]
    public boolean some(Collection<String> paths) {
        replication.followFailovers(context);
        var found = new LinkedHashMap<String, Entry>();
        var objects = new ArrayList<String>();
        var known = new HashSet<String>();
        for (var path : paths) {
            find(path, found, objects);
            known.addAll(replication.below(path).keySet());
            if (replication.entry(path) != null) {
                known.add(path);
            }
        }
        var all = new HashSet<>(known);
        all.addAll(paths);
        all.addAll(found.keySet());
        documents = context.tree().documents(id(), all);
        upload(found, objects, known);
        reportMissing(found);
        context.copies().addUnstored(id(), unstored(found));
        return isChanged;
    }

    private void find(String path, Map<String, Entry> found, List<String> objects) {
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            var above = path.substring(0, end);
            var known = replication.entry(above);
            if (known == null || known.kind() != Kind.FOLDER) {
                putReplicated(above, found);
            }
        }
        var there = putReplicated(path, found);
        if (there != null && there.kind() == Kind.FOLDER) {
            var below = replicated.below(path, true);
            found.putAll(below.entries());
            objects.addAll(below.objects());
        }
    }

    private @Nullable Entry putReplicated(String path, Map<String, Entry> found) {
        var there = replicated.find(path);
        if (there != null) {
            found.put(path, there);
        }
        return there;
    }

    private void upload(Map<String, Entry> found, List<String> objects, Set<String> known) {
        var candidates = candidates(found.values());
        readEarly(candidates);
        var unreadable = new ArrayList<String>();
        for (var folder : objects) {
            var below = replicated.below(folder, false);
            found.putAll(below.entries());
            unreadable.addAll(excludeUnreadable(folder, below));
            commitAll(candidates(below.entries().values()));
        }
        var last = new ArrayList<Entry>();
        for (var candidate : candidates) {
            if (early.containsKey(candidate.path())) {
                last.add(candidate);
            }
        }
        candidates.removeAll(last);
        // Their references may name objects that cannot be read, and wait for them.
        last.removeIf(candidate -> ReplicatedFiles.isOfRepository(candidate.path(), unreadable));
        commitAll(candidates);
        var gone = new ArrayList<String>();
        for (var path : known) {
            if (!found.containsKey(path)) {
                gone.add(path);
            }
        }
        commit(last, gone);
    }

    private List<String> excludeUnreadable(String folder, ReplicatedFiles.Found below) {
        replication.include(folder);
        for (var entry : below.entries().values()) {
            if (entry.kind() == Kind.FOLDER) {
                replication.include(entry.path());
            }
        }
        below.unreadable().forEach(path -> replication.exclude(path, Exclusion.UNREADABLE));
        return below.unreadable();
    }

    /// File sync ends the documents whose files a tool deleted, or writes the files again.
    /// Otherwise a restore would write them.
    private void reportMissing(Map<String, Entry> found) {
        for (var path : documents.keySet()) {
            var there = found.get(path);
            if (there == null ? replicated.hasNoFile(path) : there.kind() != Kind.FILE) {
                context.documentFileChanged(replication.workspace(), path);
            }
        }
    }

    /// The paths that only the directory has.
    private Set<String> unstored(Map<String, Entry> found) {
        var paths = new HashSet<>(found.keySet());
        paths.removeIf(path -> replication.entry(path) != null);
        return paths;
    }

    private List<Entry> candidates(Collection<Entry> found) {
        var candidates = new ArrayList<Entry>();
        for (var now : found) {
            if (isCandidate(now, replication.entry(now.path()))) {
                candidates.add(now);
            }
        }
        return candidates;
    }

    private boolean isCandidate(Entry now, @Nullable Entry known) {
        if (now.kind() != Kind.FILE) {
            return !now.equals(known);
        }
        var base = documents.get(now.path());
        if (base != null && (replication.isNewState(now) || capture.isRecentlyChanged(now))) {
            return true;
        }
        if (known == null || now.mode() != known.mode()) {
            return true;
        }
        return switch (known.kind()) {
            case DOCUMENT -> base == null;
            case FILE ->
                    base == null
                            ? now.modified() != known.modified() || now.bytes() != known.bytes()
                            : !known.content().equals(base);
            case LINK, FOLDER -> true;
        };
    }

    private void readEarly(List<Entry> candidates) {
        long bytes = 0;
        for (var candidate : candidates) {
            boolean isRead =
                    candidate.kind() == Kind.FILE
                            && ReplicatedFiles.isInRepository(candidate.path())
                            && candidate.bytes() <= FileCapture.WHOLE_BYTES
                            && bytes + candidate.bytes() <= EARLY_BYTES;
            var content = isRead ? capture.read(candidate) : null;
            if (content != null) {
                bytes += candidate.bytes();
                early.put(candidate.path(), content);
            }
        }
    }

    private void commitAll(List<Entry> candidates) {
        var batch = new ArrayList<Entry>();
        long bytes = 0;
        for (var candidate : candidates) {
            if (batch.size() >= BATCH_ENTRIES || bytes + candidate.bytes() > BATCH_BYTES) {
                commit(batch, List.of());
                batch.clear();
                bytes = 0;
            }
            batch.add(candidate);
            bytes += candidate.bytes();
        }
        commit(batch, List.of());
    }

    /// Writes candidates and deletes entries, in the state that they have now.
    private void commit(List<Entry> candidates, List<String> gone) {
        replication.changing().lock();
        try {
            var batch = new UploadBatch(replication, context, entries, capture, documents, early);
            candidates.forEach(batch::add);
            for (var path : gone) {
                if (replicated.isGone(path)) {
                    batch.remove(path);
                }
            }
            isChanged |= batch.write();
        } finally {
            replication.changing().unlock();
        }
    }

    private WorkspaceId id() {
        return replication.workspace().id();
    }
}

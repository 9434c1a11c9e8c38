package dev.qide.server.files.sync;

import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The base that this server recorded last for each document, so that it notices when the database
/// has lost it. Thread-safe.
///
/// A standby that received the log asynchronously may have an older base than the primary that
/// failed. Compared with that, the file seems to have been changed by a tool; a merge would insert
/// once more what the file and the document both have.
///
/// Remembers the 8,192 documents whose bases were recorded last.
public final class RecordedBases {
    private static final int DOCUMENTS = 8_192;

    private final Map<DocumentId, Recorded> bases = new Bounded();

    /// A base that was recorded, or is about to be: that of a completed write.
    ///
    /// @param load as [dev.qide.server.collab.CommittedText#load]: the document in memory that has
    ///   the text of the base
    /// @param hash of the file
    /// @param formerHash of the base before it
    record Recorded(Object load, String hash, String formerHash) {}

    private static final class Bounded extends LinkedHashMap<DocumentId, Recorded> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DocumentId, Recorded> eldest) {
            return size() > DOCUMENTS;
        }
    }

    synchronized void put(DocumentId document, Recorded base) {
        bases.remove(document);
        bases.put(document, base);
    }

    /// Forgets a document: it is, or will be, unknown which base the database has.
    public synchronized void remove(DocumentId document) {
        bases.remove(document);
    }

    /// Notes that a pending write has become the base.
    synchronized void confirmed(DocumentId document, String hash) {
        var base = bases.get(document);
        if (base != null && !base.hash().equals(hash)) {
            bases.remove(document);
        }
    }

    /// Whether the database has neither this server's newest base of the document nor a pending
    /// write of it.
    public boolean isLost(SyncedFile row) {
        return lost(row) != null;
    }

    /// The newest base that this server recorded, if the database has lost it; otherwise null.
    synchronized @Nullable Recorded lost(SyncedFile row) {
        var base = bases.get(row.document());
        var intent = row.intent();
        return base == null
                        || base.hash().equals(row.base().metadata().hash())
                        || (intent != null && base.hash().equals(intent.metadata().hash()))
                ? null
                : base;
    }
}

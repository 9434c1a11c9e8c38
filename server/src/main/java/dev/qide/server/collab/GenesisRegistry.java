package dev.qide.server.collab;

import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.WorkspaceId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A cache of the client ids that the database records as genesis authors.
///
/// Only ids from 2^32 can be genesis authors, and ordinary clients have none. The socket's reader
/// fills the cache before the document sees a message, so that the document's thread never waits
/// for the database. Thread-safe.
final class GenesisRegistry {
    /// The cache has two maps; when the newer one has this many answers, the older one is dropped.
    /// So an answer stays for at least as many further answers.
    static final int ANSWERS_PER_MAP = 8_192;

    /// A document has one genesis author, but libraries other than Yjs may generate such ids for
    /// ordinary clients. [GenesisGuard] refuses further ids that the document does not contain.
    static final int IDS_PER_MESSAGE = 4_096;

    private final DocumentTable documents;
    private volatile Answers answers = new Answers(new ConcurrentHashMap<>(), Map.of());

    private record Key(WorkspaceId workspace, long client) {}

    private record Answers(Map<Key, Boolean> newer, Map<Key, Boolean> older) {
        @Nullable Boolean find(Key key) {
            var answer = newer.get(key);
            return answer != null ? answer : older.get(key);
        }
    }

    GenesisRegistry(DocumentTable documents) {
        this.documents = documents;
    }

    /// Looks up the ids that are not cached, in one query. Blocks.
    ///
    /// @param clients ids from 2^32; only the first [#IDS_PER_MESSAGE] are looked up
    void lookUp(WorkspaceId workspace, Collection<Long> clients) {
        var keys = clients.stream().limit(IDS_PER_MESSAGE).map(id -> new Key(workspace, id));
        var unknown = new ArrayList<Long>();
        for (var key : keys.toList()) {
            var cached = answers.find(key);
            if (cached == null) {
                unknown.add(key.client());
            } else {
                // It counts as one of the newest answers again.
                put(key, cached);
            }
        }
        if (!unknown.isEmpty()) {
            var geneses = documents.genesesAmong(workspace, unknown);
            unknown.forEach(id -> put(new Key(workspace, id), geneses.contains(id)));
        }
    }

    /// Whether an id is recorded as a genesis author; null when it was not looked up. Does not
    /// block.
    @Nullable Boolean find(WorkspaceId workspace, long client) {
        return answers.find(new Key(workspace, client));
    }

    private void put(Key key, boolean isGenesis) {
        newer().put(key, isGenesis);
    }

    private Map<Key, Boolean> newer() {
        var newer = answers.newer();
        return newer.size() < ANSWERS_PER_MAP ? newer : replaced();
    }

    private synchronized Map<Key, Boolean> replaced() {
        if (answers.newer().size() >= ANSWERS_PER_MAP) {
            answers = new Answers(new ConcurrentHashMap<>(), answers.newer());
        }
        return answers.newer();
    }
}

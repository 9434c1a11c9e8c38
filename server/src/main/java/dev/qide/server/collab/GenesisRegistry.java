package dev.qide.server.collab;

import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.WorkspaceId;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A cache of which client ids the database records as genesis authors.
///
/// Only ids from 2^32 can be genesis authors, and ordinary clients have none. The socket's reader
/// fills the cache before the document sees a message, so that the document's thread does not wait
/// for the database. Thread-safe.
final class GenesisRegistry {
    /// Cached answers; beyond this the cache is cleared.
    private static final int CACHED_ANSWERS = 16_384;

    private final DocumentTable documents;
    private final Map<Key, Boolean> cache = new ConcurrentHashMap<>();

    private record Key(WorkspaceId workspace, long client) {}

    GenesisRegistry(DocumentTable documents) {
        this.documents = documents;
    }

    /// Looks up the ids that are not cached. Blocks.
    ///
    /// @param clients ids from 2^32; only the first [GenesisGuard#UNKNOWN_IDS_PER_MESSAGE] are
    ///   looked up, since a message with more is refused
    void lookUp(WorkspaceId workspace, Collection<Long> clients) {
        clients.stream()
                .limit(GenesisGuard.UNKNOWN_IDS_PER_MESSAGE)
                .forEach(client -> isGenesis(workspace, client));
    }

    /// Whether an id is recorded as a genesis author. Blocks when it is not cached.
    boolean isGenesis(WorkspaceId workspace, long client) {
        var key = new Key(workspace, client);
        var cached = cache.get(key);
        if (cached != null) {
            return cached;
        }
        boolean isGenesis = documents.isGenesis(workspace, client);
        if (cache.size() >= CACHED_ANSWERS) {
            cache.clear();
        }
        cache.put(key, isGenesis);
        return isGenesis;
    }
}

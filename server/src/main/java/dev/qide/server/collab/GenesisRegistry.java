package dev.qide.server.collab;

import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.WorkspaceId;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Which client ids are recorded as authors of a genesis, as far as the database was asked.
///
/// Only ids from 2^32 on can be; clients have none there as a rule. The reader of a socket asks
/// before a document sees the message, so that the document's thread finds the answer here.
/// Thread-safe.
final class GenesisRegistry {
    /// How many answers are kept; when there are more, all are forgotten.
    private static final int REMEMBERED = 16_384;

    private final DocumentTable documents;
    private final Map<Key, Boolean> remembered = new ConcurrentHashMap<>();

    private record Key(WorkspaceId workspace, long client) {}

    GenesisRegistry(DocumentTable documents) {
        this.documents = documents;
    }

    /// Asks the database about those that it was not asked about yet. Blocks.
    ///
    /// @param clients ids from 2^32 on; the first [GenesisGuard#UNKNOWN_IDS_OF_A_MESSAGE] count,
    ///   since a message with more is refused
    void lookUp(WorkspaceId workspace, Collection<Long> clients) {
        clients.stream()
                .limit(GenesisGuard.UNKNOWN_IDS_OF_A_MESSAGE)
                .forEach(client -> isGenesis(workspace, client));
    }

    /// Whether an id is recorded as the author of a genesis. Blocks when the database was not asked
    /// before.
    boolean isGenesis(WorkspaceId workspace, long client) {
        var key = new Key(workspace, client);
        var known = remembered.get(key);
        if (known != null) {
            return known;
        }
        boolean isGenesis = documents.isGenesis(workspace, client);
        if (remembered.size() >= REMEMBERED) {
            remembered.clear();
        }
        remembered.put(key, isGenesis);
        return isGenesis;
    }
}

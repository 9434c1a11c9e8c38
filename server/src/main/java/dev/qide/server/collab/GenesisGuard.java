package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.Collection;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the generations of a path apart by the client ids of their genesis authors.
///
/// Yjs generates ids below 2^32. A larger id is a genesis author only if the database records it as
/// one: the socket's reader has looked it up in [GenesisRegistry] before. Owned by the document's
/// thread.
final class GenesisGuard {
    private static final Logger LOG = LoggerFactory.getLogger(GenesisGuard.class);
    static final int UNKNOWN_IDS_PER_MESSAGE = 16;

    private final GenesisRegistry registry;
    private final LiveDocument document;

    GenesisGuard(GenesisRegistry registry, LiveDocument document) {
        this.registry = registry;
        this.document = document;
    }

    /// The reason why a client with this state vector must not be merged, because it may hold the
    /// text of another generation; null when it may.
    @Nullable Failure refusalOf(StateVector vector) {
        var unknownAuthors =
                vector.clients().stream()
                        .filter(client -> client >= Genesis.FIRST_AUTHOR)
                        .filter(client -> !document.has(client, 0, 1))
                        .toList();
        return refusalOf(unknownAuthors, Failure.DOCUMENT_REPLACED);
    }

    /// The reason why this update must not be stored, because it adds content under the id of a
    /// genesis author; null when it may.
    @Nullable Failure refusalOf(UpdateHeader header) {
        var authors = new TreeSet<Long>();
        header.structs()
                .forEachRange((client, from, to) -> {
                    if (client >= Genesis.FIRST_AUTHOR && !document.has(client, from, to)) {
                        authors.add(client);
                    }
                });
        return refusalOf(authors, Failure.GENESIS_FORGED);
    }

    private @Nullable Failure refusalOf(Collection<Long> clients, Failure why) {
        if (clients.size() > UNKNOWN_IDS_PER_MESSAGE) {
            return Failure.UPDATE_MALFORMED;
        }
        for (long client : clients) {
            var isGenesis = isGenesis(client);
            if (isGenesis == null) {
                LOG.atWarn()
                        .addKeyValue("event.action", "collab.genesis_unknown")
                        .addKeyValue("document", document.stored().id())
                        .log("looking up a genesis author failed");
                return Failure.DOCUMENT_UNAVAILABLE;
            }
            if (isGenesis) {
                return why;
            }
        }
        return null;
    }

    /// @return null when the socket's reader could not look it up
    private @Nullable Boolean isGenesis(long client) {
        var stored = document.stored();
        return client == stored.genesisClient()
                ? Boolean.TRUE
                : registry.find(stored.workspace(), client);
    }
}

package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.Collection;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the generations of a path apart, by the ids of their genesis authors.
///
/// Yjs's own ids are below 2^32, but an id from there on is an ordinary client unless it is
/// recorded as a genesis: [GenesisRegistry] has the database's answer, for which the reader of the
/// socket has asked. Owned by the document's thread.
final class GenesisGuard {
    private static final Logger LOG = LoggerFactory.getLogger(GenesisGuard.class);
    static final int UNKNOWN_IDS_OF_A_MESSAGE = 16;

    private final GenesisRegistry registry;
    private final LiveDocument document;

    GenesisGuard(GenesisRegistry registry, LiveDocument document) {
        this.registry = registry;
        this.document = document;
    }

    /// Why a client of this state vector must not be merged, or null: it may hold the text of
    /// another generation.
    @Nullable Failure refusalOf(StateVector vector) {
        var strangers =
                vector.clients().stream()
                        .filter(client -> client >= Genesis.FIRST_AUTHOR)
                        .filter(client -> !document.has(client, 0, 1))
                        .toList();
        return refusalOf(strangers, Failure.DOCUMENT_REPLACED);
    }

    /// Why this update must not be stored, or null: it brings something new in the name of a
    /// genesis author.
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
        if (clients.size() > UNKNOWN_IDS_OF_A_MESSAGE) {
            return Failure.UPDATE_MALFORMED;
        }
        try {
            return clients.stream().anyMatch(this::isGenesis) ? why : null;
        } catch (RuntimeException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.genesis_unknown")
                    .addKeyValue("document", document.stored().id())
                    .setCause(failure)
                    .log("the database could not be asked about a genesis author");
            return Failure.DOCUMENT_UNAVAILABLE;
        }
    }

    private boolean isGenesis(long client) {
        var stored = document.stored();
        return client == stored.genesisClient() || registry.isGenesis(stored.workspace(), client);
    }
}

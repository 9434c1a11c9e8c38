package dev.qide.yjs;

import java.util.ArrayList;

/// Writes structs of a document as an update: those that a given replica lacks, or those that a
/// transaction added.
final class StateWriter {
    /// The approximate encoded size of a struct, for the initial capacity.
    private static final int STRUCT_BYTES = 16;

    /// The largest initial capacity of a state that was not written before.
    private static final int FIRST_BYTES = 1 << 20;

    /// The growth of a state, since it was last written, that the array still has room for.
    private static final int SPARE_BYTES = 256;

    private StateWriter() {}

    /// Writes everything that a replica with the state `known` lacks, except pending structs, in
    /// one walk over the structs.
    static byte[] writeSince(StructStore store, StateVector known) {
        var clients = store.descending();
        long structs = 0;
        int lacking = 0;
        for (var client : clients) {
            structs += client.size;
            lacking += client.state() > known.clock(client.client) ? 1 : 0;
        }
        boolean isWhole = known.clients().isEmpty();
        int capacity = (int) Math.min(structs * STRUCT_BYTES, FIRST_BYTES);
        var encoder = new Lib0Encoder(isWhole ? Math.max(capacity, store.stateBytes) : capacity);
        encoder.writeVarUint(lacking);
        var deletions = new DeletionsWriter();
        for (var client : clients) {
            long from = known.clock(client.client);
            deletions.begin(client);
            if (client.state() > from) {
                writeStructs(encoder, client, from, deletions);
            } else {
                deletions.addAll(client, 0, client.size);
            }
            deletions.end();
        }
        deletions.writeTo(encoder);
        if (isWhole) {
            store.stateBytes = encoder.size() + SPARE_BYTES;
        }
        return encoder.toBytes();
    }

    private static void writeStructs(
            Lib0Encoder encoder, ClientStructs client, long from, DeletionsWriter deletions) {
        int first = client.indexOf(from);
        deletions.addAll(client, 0, first + 1);
        writeFirst(encoder, client, first, from);
        client.forEachFrom(
                first + 1,
                struct -> {
                    struct.write(encoder, 0);
                    if (struct.isDeleted()) {
                        deletions.add(struct.clock, struct.end());
                    }
                });
    }

    /// Writes the structs and the deletions of a transaction.
    static byte[] writeChanges(Transaction transaction) {
        var encoder = new Lib0Encoder();
        var clients = transaction.changedClients();
        if (clients.size() > 1) {
            clients = new ArrayList<>(clients);
            clients.sort((a, b) -> Long.compare(b.client, a.client));
        }
        encoder.writeVarUint(clients.size());
        for (var client : clients) {
            long from = transaction.stateBefore(client);
            int first = client.indexOf(from);
            writeFirst(encoder, client, first, from);
            for (int i = first + 1; i < client.size; i++) {
                client.get(i).write(encoder, 0);
            }
        }
        if (transaction.deletions().isEmpty()) {
            encoder.writeByte(0);
        } else {
            DeleteSets.write(encoder, transaction.deletions());
        }
        return encoder.toBytes();
    }

    private static void writeFirst(
            Lib0Encoder encoder, ClientStructs client, int first, long from) {
        encoder.writeVarUint((long) client.size - first);
        encoder.writeVarUint(client.client).writeVarUint(from);
        var begin = client.get(first);
        begin.write(encoder, from - begin.clock);
    }
}

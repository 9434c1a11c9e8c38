package dev.qide.yjs;

import java.util.ArrayList;

/// Writes structs of a document as an update: what a given replica lacks, or what a transaction
/// added.
final class StateWriter {
    private StateWriter() {}

    /// Writes everything that a replica with the state `known` lacks, without what is pending.
    static byte[] writeSince(StructStore store, StateVector known) {
        var encoder = new Lib0Encoder(1024);
        var clients = store.descending();
        clients.removeIf(structs -> structs.state() <= known.clock(structs.client));
        encoder.writeVarUint(clients.size());
        for (var structs : clients) {
            writeStructs(encoder, structs, known.clock(structs.client));
        }
        DeleteSets.writeOf(encoder, store);
        return encoder.toBytes();
    }

    /// Writes what a transaction added and deleted.
    static byte[] writeChanges(Transaction transaction) {
        var encoder = new Lib0Encoder();
        var clients = transaction.changedClients();
        if (clients.size() > 1) {
            clients = new ArrayList<>(clients);
            clients.sort((a, b) -> Long.compare(b.client, a.client));
        }
        encoder.writeVarUint(clients.size());
        for (var structs : clients) {
            writeStructs(encoder, structs, transaction.stateBefore(structs));
        }
        DeleteSets.write(encoder, transaction.deletions());
        return encoder.toBytes();
    }

    private static void writeStructs(Lib0Encoder encoder, ClientStructs structs, long from) {
        int first = structs.indexOf(from);
        encoder.writeVarUint((long) structs.size - first);
        encoder.writeVarUint(structs.client).writeVarUint(from);
        var begin = structs.structs[first];
        begin.write(encoder, from - begin.clock);
        for (int i = first + 1; i < structs.size; i++) {
            structs.structs[i].write(encoder, 0);
        }
    }
}

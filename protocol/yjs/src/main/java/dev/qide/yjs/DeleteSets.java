package dev.qide.yjs;

/// Writes delete sets.
final class DeleteSets {
    private DeleteSets() {}

    /// Writes a set as Yjs does: clients descending, clocks ascending.
    static void write(Lib0Encoder encoder, IdSet set) {
        var clients = set.clientsDescending();
        encoder.writeVarUint(clients.size());
        for (long client : clients) {
            encoder.writeVarUint(client).writeVarUint(set.rangeCount(client));
            set.forEachRange(
                    client, (_, from, to) -> encoder.writeVarUint(from).writeVarUint(to - from));
        }
    }
}

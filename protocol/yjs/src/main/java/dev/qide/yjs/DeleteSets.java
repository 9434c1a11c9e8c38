package dev.qide.yjs;

/// Writes delete sets, and gathers that of a whole document.
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

    /// Writes every deleted id of a store, straight from its structs.
    static void writeOf(Lib0Encoder encoder, StructStore store) {
        var clients = store.descending();
        clients.removeIf(structs -> countRanges(structs) == 0);
        encoder.writeVarUint(clients.size());
        for (var structs : clients) {
            encoder.writeVarUint(structs.client).writeVarUint(countRanges(structs));
            for (int i = 0; i < structs.size; i++) {
                if (structs.structs[i].isDeleted()) {
                    long from = structs.structs[i].clock;
                    while (i + 1 < structs.size && structs.structs[i + 1].isDeleted()) {
                        i++;
                    }
                    encoder.writeVarUint(from).writeVarUint(structs.structs[i].end() - from);
                }
            }
        }
    }

    private static int countRanges(ClientStructs structs) {
        int ranges = 0;
        boolean before = false;
        for (int i = 0; i < structs.size; i++) {
            boolean deleted = structs.structs[i].isDeleted();
            if (deleted && !before) {
                ranges++;
            }
            before = deleted;
        }
        return ranges;
    }
}

package dev.qide.yjs;

/// Writes structs one by one as the blocks of an update, without knowing in advance the number of
/// structs of a client or the number of clients.
final class StructWriter {
    private final Lib0Encoder blocks = new Lib0Encoder(256);
    private final Lib0Encoder block = new Lib0Encoder(256);
    private long client;
    private long startClock;
    private long structs;
    private long clients;

    void write(RawStruct struct) {
        if (structs > 0 && client != struct.client) {
            flush();
        }
        if (structs == 0) {
            client = struct.client;
            startClock = struct.clock;
        }
        struct.write(block);
        structs++;
    }

    private void flush() {
        if (structs > 0) {
            blocks.writeVarUint(structs).writeVarUint(client).writeVarUint(startClock);
            block.copyTo(blocks);
            block.clear();
            structs = 0;
            clients++;
        }
    }

    /// The update: the written structs and a delete set.
    byte[] finish(IdSet deletions) {
        flush();
        var update = new Lib0Encoder(blocks.size() + 64);
        update.writeVarUint(clients);
        blocks.copyTo(update);
        DeleteSets.write(update, deletions);
        return update.toBytes();
    }
}

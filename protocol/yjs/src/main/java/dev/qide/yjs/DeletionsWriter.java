package dev.qide.yjs;

/// Collects the deleted ids of a document, client by client and clock by clock, and writes them as
/// a delete set with adjacent ids joined into ranges. Owned by one thread.
final class DeletionsWriter {
    private static final int RANGE_BYTES = 2 * Lib0Encoder.LONGEST_VAR_UINT_BYTES;

    private final Lib0Encoder clients = new Lib0Encoder();
    private final Lib0Encoder ranges = new Lib0Encoder();
    private int clientCount;
    private int rangeCount;
    private long client;

    /// The last range, which may still grow; empty if there is none.
    private long from;

    private long to;

    void begin(ClientStructs structs) {
        client = structs.client;
    }

    /// Adds the deleted structs among `first` (inclusive) to `behind` (exclusive).
    void addAll(ClientStructs structs, int first, int behind) {
        for (int i = first; i < behind; i++) {
            var struct = structs.get(i);
            if (struct.isDeleted()) {
                add(struct.clock, struct.end());
            }
        }
    }

    /// Adds clocks after those that were added before.
    void add(long start, long end) {
        if (start == to && from < to) {
            to = end;
            return;
        }
        endRange();
        from = start;
        to = end;
    }

    private void endRange() {
        if (from < to) {
            ranges.reserve(RANGE_BYTES);
            ranges.putVarUint(from);
            ranges.putVarUint(to - from);
            rangeCount++;
        }
    }

    /// Finishes the current client.
    void end() {
        endRange();
        if (rangeCount > 0) {
            clients.writeVarUint(client).writeVarUint(rangeCount);
            ranges.copyTo(clients);
            clientCount++;
        }
        ranges.clear();
        rangeCount = 0;
        from = 0;
        to = 0;
    }

    void writeTo(Lib0Encoder encoder) {
        encoder.writeVarUint(clientCount);
        clients.copyTo(encoder);
    }
}

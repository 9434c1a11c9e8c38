package dev.qide.yjs;

/// Delete sets in format v2: as in v1, except that a range is written as its distance from the end
/// of the range before, and its length less one.
final class DeleteSetsV2 {
    private DeleteSetsV2() {}

    /// Reads a set; the rest of the input is left to the caller.
    ///
    /// @throws MalformedUpdateException as [DeleteSetReader#read]
    static IdSet read(Lib0Decoder decoder, DecodeLimits limits) {
        var v1 = new Lib0Encoder();
        long clients = decoder.readVarUint();
        v1.writeVarUint(clients);
        for (long left = clients; left > 0; left--) {
            v1.writeVarUint(decoder.readVarUint());
            copyRanges(decoder, v1);
        }
        return new DeleteSetReader(new Lib0Decoder(v1.toBytes()), limits).read();
    }

    /// Each range takes at least two bytes, so the input bounds the loop.
    private static void copyRanges(Lib0Decoder decoder, Lib0Encoder v1) {
        long ranges = decoder.readVarUint();
        v1.writeVarUint(ranges);
        long end = 0;
        for (long left = ranges; left > 0; left--) {
            long from = end + decoder.readVarUint();
            long length = decoder.readVarUint() + 1;
            end = from + length;
            if (end > Lib0Decoder.MAXIMUM_UINT) {
                throw decoder.malformed("deleted range exceeds 2^53-1");
            }
            v1.writeVarUint(from).writeVarUint(length);
        }
    }

    /// Writes a set as Yjs does: clients descending, clocks ascending.
    static void write(Lib0Encoder encoder, IdSet set) {
        var clients = set.clientsDescending();
        encoder.writeVarUint(clients.size());
        for (long client : clients) {
            encoder.writeVarUint(client).writeVarUint(set.rangeCount(client));
            long[] end = {0};
            set.forEachRange(
                    client,
                    (_, from, to) -> {
                        encoder.writeVarUint(from - end[0]).writeVarUint(to - from - 1);
                        end[0] = to;
                    });
        }
    }
}

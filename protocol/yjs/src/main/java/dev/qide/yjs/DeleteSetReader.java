package dev.qide.yjs;

import java.util.Arrays;

/// Reads delete sets: `varUint clients · { varUint client · varUint ranges · { varUint clock ·
/// varUint length } }`.
///
/// Ranges may come in any order and may overlap; sorting them in one pass keeps a hostile order
/// from costing more than n·log n.
final class DeleteSetReader {
    private DeleteSetReader() {}

    /// @throws MalformedUpdateException for an empty range, a range behind 2^53 − 1, or more ranges
    ///   than the limit of structs
    static IdSet read(Lib0Decoder decoder, DecodeLimits limits) {
        var set = new IdSet();
        int rangesRead = 0;
        for (long clients = decoder.readVarUint(); clients > 0; clients--) {
            long client = decoder.readVarUint();
            long[] pairs = new long[8];
            int count = 0;
            for (long ranges = decoder.readVarUint(); ranges > 0; ranges--) {
                if (++rangesRead > limits.structs()) {
                    throw decoder.malformed("update exceeds the limit of deleted ranges");
                }
                if (2 * count == pairs.length) {
                    pairs = Arrays.copyOf(pairs, 2 * pairs.length);
                }
                long from = decoder.readVarUint();
                pairs[2 * count] = from;
                pairs[2 * count + 1] = from + readRangeLength(decoder, from);
                count++;
            }
            if (count > 0) {
                set.addUnsorted(client, pairs, count);
            }
        }
        return set;
    }

    private static long readRangeLength(Lib0Decoder decoder, long from) {
        long length = decoder.readVarUint();
        if (length < 1) {
            throw decoder.malformed("empty deleted range");
        }
        if (length > Lib0Decoder.MAXIMUM_UINT - from) {
            throw decoder.malformed("deleted range exceeds 2^53-1");
        }
        return length;
    }
}

package dev.qide.yjs;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads delete sets: `varUint clients · { varUint client · varUint ranges · { varUint clock ·
/// varUint length } }`.
///
/// Ranges may come in any order and may overlap; they are sorted in one pass, so that even a
/// hostile order costs no more than n·log n.
final class DeleteSetReader {
    /// The ranges of one client in the order of the input.
    private static final class Pairs {
        long[] pairs = new long[8];
        int count;

        void add(long from, long to) {
            if (2 * count == pairs.length) {
                pairs = Arrays.copyOf(pairs, 2 * pairs.length);
            }
            pairs[2 * count] = from;
            pairs[2 * count + 1] = to;
            count++;
        }
    }

    private final Lib0Decoder decoder;
    private final DecodeLimits limits;

    DeleteSetReader(Lib0Decoder decoder, DecodeLimits limits) {
        this.decoder = decoder;
        this.limits = limits;
    }

    /// @throws MalformedUpdateException for an empty range, a range beyond 2^53 − 1, more ranges
    ///   than the limit of structs, or bytes after the set
    IdSet read() {
        int start = decoder.position();
        if (decoder.readVarUint() == 1) {
            long client = decoder.readVarUint();
            if (decoder.readVarUint() == 1) {
                return readOnlyRange(client);
            }
        }
        decoder.seek(start);
        return union(List.of(this));
    }

    /// A fast path: most updates with deletions delete one range.
    private IdSet readOnlyRange(long client) {
        var set = new IdSet();
        long from = decoder.readVarUint();
        set.add(client, from, from + readRangeLength(from));
        if (decoder.hasMore()) {
            throw decoder.malformed("bytes follow the update");
        }
        return set;
    }

    /// Reads several sets and merges them.
    static IdSet union(List<DeleteSetReader> readers) {
        var pairsOfClient = new HashMap<Long, Pairs>();
        readers.forEach(reader -> reader.readInto(pairsOfClient));
        var set = new IdSet();
        pairsOfClient.forEach((client, pairs) -> set.addUnsorted(client, pairs.pairs, pairs.count));
        return set;
    }

    private void readInto(Map<Long, Pairs> pairsOfClient) {
        int rangesRead = 0;
        for (long clients = decoder.readVarUint(); clients > 0; clients--) {
            long client = decoder.readVarUint();
            for (long ranges = decoder.readVarUint(); ranges > 0; ranges--) {
                if (++rangesRead > limits.structs()) {
                    throw decoder.malformed("update exceeds the limit of deleted ranges");
                }
                long from = decoder.readVarUint();
                long to = from + readRangeLength(from);
                pairsOfClient.computeIfAbsent(client, _ -> new Pairs()).add(from, to);
            }
        }
        if (decoder.hasMore()) {
            throw decoder.malformed("bytes follow the update");
        }
    }

    private long readRangeLength(long from) {
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

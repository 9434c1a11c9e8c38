package dev.qide.yjs;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The state of a replica: for each client, the next expected clock. Immutable.
///
/// Wire format (`encodeStateVector` of Yjs): a varUint count, then the client and the clock of each
/// entry, clients descending.
public final class StateVector {
    /// The vector of an empty document.
    public static final StateVector EMPTY = of(Map.of());

    private final SortedMap<Long, Long> clocks;

    private StateVector(SortedMap<Long, Long> clocks) {
        this.clocks = clocks;
    }

    /// @param clocks the next clock by client; entries with clock 0 are dropped
    public static StateVector of(Map<Long, Long> clocks) {
        var sorted = new TreeMap<Long, Long>(Comparator.reverseOrder());
        clocks.forEach((client, clock) -> {
            var end = new Id(client, clock);
            if (end.clock() > 0) {
                sorted.put(client, clock);
            }
        });
        return new StateVector(sorted);
    }

    /// The vector of a replica that has exactly the ids of `set`; ids after a gap do not count.
    public static StateVector prefixesOf(IdSet set) {
        var clocks = new TreeMap<Long, Long>();
        set.clients().forEach(client -> clocks.put(client, set.prefix(client)));
        return of(clocks);
    }

    /// Reads the wire format. If a client occurs twice, its last clock counts, as in Yjs.
    ///
    /// @throws MalformedUpdateException when the bytes are not exactly one state vector
    public static StateVector decode(byte[] encoded) {
        return decode(new Lib0Decoder(encoded));
    }

    /// Reads the rest of an input.
    static StateVector decode(Lib0Decoder decoder) {
        var clocks = new TreeMap<Long, Long>();
        for (long left = decoder.readVarUint(); left > 0; left--) {
            clocks.put(decoder.readVarUint(), decoder.readVarUint());
        }
        if (decoder.hasMore()) {
            throw decoder.malformed("bytes follow the state vector");
        }
        return of(clocks);
    }

    /// Writes the wire format.
    public byte[] encode() {
        var encoder = new Lib0Encoder();
        encoder.writeVarUint(clocks.size());
        clocks.forEach((client, clock) -> encoder.writeVarUint(client).writeVarUint(clock));
        return encoder.toBytes();
    }

    /// The next clock of `client`; 0 if it has no entry.
    public long clock(long client) {
        return clocks.getOrDefault(client, 0L);
    }

    /// The clients with an entry, descending.
    public Set<Long> clients() {
        return Collections.unmodifiableSet(clocks.keySet());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StateVector vector && clocks.equals(vector.clocks);
    }

    @Override
    public int hashCode() {
        return clocks.hashCode();
    }

    @Override
    public String toString() {
        return clocks.toString();
    }
}

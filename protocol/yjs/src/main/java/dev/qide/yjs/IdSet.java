package dev.qide.yjs;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A set of ids, stored as sorted disjoint ranges per client.
///
/// It represents a delete set of Yjs, and also the ids that a replica has: clocks are dense, so a
/// few ranges represent very many ids. Owned by one thread.
///
/// Invariant: the ranges of one client are sorted, do not overlap and do not touch; no range is
/// empty; a client without ranges is not stored.
public final class IdSet {
    /// From this number of ranges on, two range lists are merged in one pass instead of range by
    /// range.
    private static final int FEW_RANGES = 8;

    private NavigableMap<Long, Ranges> rangesOfClient = Collections.emptyNavigableMap();

    /// Receives the ranges of a set.
    @FunctionalInterface
    public interface RangeConsumer {
        /// @param from the first clock of the range
        /// @param to the first clock after the range
        void accept(long client, long from, long to);
    }

    /// Adds the clocks `from` (inclusive) to `to` (exclusive) of `client`.
    public void add(long client, long from, long to) {
        if (from < 0 || to <= from || to > Lib0Decoder.MAXIMUM_UINT) {
            throw new IllegalArgumentException("no range of clocks: " + from + ".." + to);
        }
        var ranges = rangesOfClient.get(client);
        if (ranges == null) {
            ranges = new Ranges();
            writable().put(client, ranges);
        }
        ranges.add(from, to);
    }

    /// Adds every id of `other`.
    public void addAll(IdSet other) {
        other.rangesOfClient.forEach((client, ranges) -> {
            var mine = rangesOfClient.get(client);
            if (mine == null) {
                writable().put(client, new Ranges(ranges));
            } else {
                mine.addAll(ranges);
            }
        });
    }

    /// Adds ranges in any order in one pass; `pairs` contains `count` pairs of from and to.
    void addUnsorted(long client, long[] pairs, int count) {
        var sorted = Ranges.sorted(pairs, count);
        var mine = writable().putIfAbsent(client, sorted);
        if (mine != null) {
            mine.addAll(sorted);
        }
    }

    /// Most sets stay empty, so the map is created for the first range.
    private NavigableMap<Long, Ranges> writable() {
        if (rangesOfClient.isEmpty()) {
            rangesOfClient = new TreeMap<>();
        }
        return rangesOfClient;
    }

    /// Whether the set contains all clocks from `from` (inclusive) to `to` (exclusive); true for an
    /// empty range.
    public boolean contains(long client, long from, long to) {
        if (to <= from) {
            return true;
        }
        var ranges = rangesOfClient.get(client);
        return ranges != null && ranges.contains(from, to);
    }

    /// Whether the set contains `id`.
    public boolean contains(Id id) {
        return contains(id.client(), id.clock(), id.clock() + 1);
    }

    /// Whether the set contains every id of `other`.
    public boolean containsAll(IdSet other) {
        for (var entry : other.rangesOfClient.entrySet()) {
            var mine = rangesOfClient.get(entry.getKey());
            if (mine == null || !mine.containsAll(entry.getValue())) {
                return false;
            }
        }
        return true;
    }

    /// Whether the set contains any id of `other`.
    public boolean intersects(IdSet other) {
        for (var entry : other.rangesOfClient.entrySet()) {
            var mine = rangesOfClient.get(entry.getKey());
            if (mine != null && mine.intersects(entry.getValue())) {
                return true;
            }
        }
        return false;
    }

    /// The end of the contiguous range of `client` that starts at clock 0; 0 if there is none.
    public long prefix(long client) {
        var ranges = rangesOfClient.get(client);
        return ranges == null || ranges.from[0] != 0 ? 0 : ranges.to[0];
    }

    /// The clients that have a range, ascending.
    public LongStream clients() {
        return rangesOfClient.keySet().stream().mapToLong(Long::longValue);
    }

    /// The clients that have a range, descending: the order in which Yjs writes them.
    Set<Long> clientsDescending() {
        return rangesOfClient.descendingKeySet();
    }

    /// The number of ranges of `client`.
    int rangeCount(long client) {
        var ranges = rangesOfClient.get(client);
        return ranges == null ? 0 : ranges.size;
    }

    public boolean isEmpty() {
        return rangesOfClient.isEmpty();
    }

    /// An independent copy.
    public IdSet copy() {
        var copy = new IdSet();
        copy.addAll(this);
        return copy;
    }

    /// Visits every range, clients and clocks ascending.
    public void forEachRange(RangeConsumer consumer) {
        rangesOfClient.forEach((client, ranges) -> ranges.forEach(client, consumer));
    }

    /// Visits every range of one client, clocks ascending.
    void forEachRange(long client, RangeConsumer consumer) {
        var ranges = rangesOfClient.get(client);
        if (ranges != null) {
            ranges.forEach(client, consumer);
        }
    }

    /// Receives the ranges of one client.
    @FunctionalInterface
    interface ClockRangeConsumer {
        void accept(long from, long to);
    }

    /// Visits every range of one client, clocks descending.
    void forEachRangeDescending(long client, ClockRangeConsumer consumer) {
        var ranges = rangesOfClient.get(client);
        if (ranges != null) {
            for (int i = ranges.size - 1; i >= 0; i--) {
                consumer.accept(ranges.from[i], ranges.to[i]);
            }
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IdSet set && containsAll(set) && set.containsAll(this);
    }

    @Override
    public int hashCode() {
        return rangesOfClient.keySet().hashCode();
    }

    @Override
    public String toString() {
        var text = new StringBuilder("{");
        forEachRange((client, from, to) ->
                text.append(text.length() > 1 ? ", " : "")
                        .append(client)
                        .append(':')
                        .append(from)
                        .append("..")
                        .append(to));
        return text.append('}').toString();
    }

    /// Throws if an invariant of the set is violated.
    void checkInvariants() {
        rangesOfClient.forEach((client, ranges) -> {
            if (ranges.size == 0) {
                throw new IllegalStateException("client without ranges: " + client);
            }
            long last = -1;
            for (int i = 0; i < ranges.size; i++) {
                if (ranges.from[i] <= last || ranges.to[i] <= ranges.from[i]) {
                    throw new IllegalStateException("ranges out of order: " + this);
                }
                last = ranges.to[i];
            }
        });
    }

    /// The sorted, disjoint, non-touching ranges of one client.
    private static final class Ranges {
        private long[] from;
        private long[] to;
        private int size;

        Ranges() {
            from = new long[1];
            to = new long[1];
        }

        Ranges(Ranges other) {
            from = Arrays.copyOf(other.from, other.size);
            to = Arrays.copyOf(other.to, other.size);
            size = other.size;
        }

        static Ranges sorted(long[] pairs, int count) {
            var ranges = new Ranges();
            if (isAscending(pairs, count)) {
                for (int i = 0; i < count; i++) {
                    ranges.append(pairs[2 * i], pairs[2 * i + 1]);
                }
                return ranges;
            }
            var order = new Integer[count];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, Comparator.comparingLong(i -> pairs[2 * i]));
            for (int i : order) {
                ranges.append(pairs[2 * i], pairs[2 * i + 1]);
            }
            return ranges;
        }

        private static boolean isAscending(long[] pairs, int count) {
            for (int i = 1; i < count; i++) {
                if (pairs[2 * i] < pairs[2 * i - 2]) {
                    return false;
                }
            }
            return true;
        }

        void add(long start, long end) {
            if (size == 0 || start >= from[size - 1]) {
                append(start, end);
                return;
            }
            int first = firstEndingAtOrAfter(start);
            int behind = first;
            long mergedFrom = start;
            long mergedTo = end;
            while (behind < size && from[behind] <= end) {
                mergedFrom = Math.min(mergedFrom, from[behind]);
                mergedTo = Math.max(mergedTo, to[behind]);
                behind++;
            }
            replace(first, behind, mergedFrom, mergedTo);
        }

        void addAll(Ranges other) {
            if (other.size <= FEW_RANGES) {
                for (int i = 0; i < other.size; i++) {
                    add(other.from[i], other.to[i]);
                }
                return;
            }
            var mine = new Ranges(this);
            from = new long[mine.size + other.size];
            to = new long[mine.size + other.size];
            size = 0;
            int i = 0;
            int j = 0;
            while (i < mine.size || j < other.size) {
                boolean takesMine =
                        j == other.size || (i < mine.size && mine.from[i] <= other.from[j]);
                if (takesMine) {
                    append(mine.from[i], mine.to[i++]);
                } else {
                    append(other.from[j], other.to[j++]);
                }
            }
        }

        boolean contains(long start, long end) {
            int i = firstEndingAtOrAfter(end);
            return i < size && from[i] <= start;
        }

        boolean intersects(Ranges other) {
            for (int i = 0; i < other.size; i++) {
                int first = firstEndingAtOrAfter(other.from[i] + 1);
                if (first < size && from[first] < other.to[i]) {
                    return true;
                }
            }
            return false;
        }

        boolean containsAll(Ranges other) {
            for (int i = 0; i < other.size; i++) {
                if (!contains(other.from[i], other.to[i])) {
                    return false;
                }
            }
            return true;
        }

        void forEach(long client, RangeConsumer consumer) {
            for (int i = 0; i < size; i++) {
                consumer.accept(client, from[i], to[i]);
            }
        }

        /// Adds a range that does not start before the last one.
        private void append(long start, long end) {
            if (size > 0 && start <= to[size - 1]) {
                to[size - 1] = Math.max(to[size - 1], end);
                return;
            }
            replace(size, size, start, end);
        }

        /// Replaces the ranges `first` (inclusive) to `behind` (exclusive) by one range.
        private void replace(int first, int behind, long start, long end) {
            int grown = size + 1 - (behind - first);
            if (grown > from.length) {
                from = Arrays.copyOf(from, 2 * grown);
                to = Arrays.copyOf(to, 2 * grown);
            }
            System.arraycopy(from, behind, from, first + 1, size - behind);
            System.arraycopy(to, behind, to, first + 1, size - behind);
            from[first] = start;
            to[first] = end;
            size = grown;
        }

        /// The index of the first range whose end is at or after `clock`.
        private int firstEndingAtOrAfter(long clock) {
            int found = Arrays.binarySearch(to, 0, size, clock);
            return found >= 0 ? found : -found - 1;
        }
    }
}

package dev.qide.yjs;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// All structs of one client, in the order of their clocks, without gaps.
final class ClientStructs {
    private static final int FIRST_CAPACITY = 4;

    /// The array shrinks when less than one in this many of its elements is used.
    private static final int SPARSE = 4;

    /// From this number on structs are stored in blocks; below a quarter of it in one array again.
    private static final int MANY = 2 * StructBlocks.BLOCK_STRUCTS;

    final long client;
    private Struct[] few = new Struct[FIRST_CAPACITY];
    private @Nullable StructBlocks many;
    int size;

    /// The last struct, which typing needs several times for each key; null if there is none.
    private @Nullable Struct newest;

    /// The newest transaction that added a struct, and the state before it: see [Transaction].
    @Nullable Transaction changedBy;

    long stateBefore;

    /// The number of clients that got a struct before this one: Yjs visits clients in this order.
    int arrival;

    /// The result of the last search; the next one is often near.
    private int lastFound;

    /// The client as a varUint: its bytes, the first one lowest, and their number. It is cached
    /// since nearly every written item contains it.
    final long encodedClient;

    final int encodedClientBytes;

    ClientStructs(long client) {
        this.client = client;
        encodedClientBytes = Lib0Encoder.varUintBytes(client);
        encodedClient = Lib0Encoder.varUintGroups(client);
    }

    /// The next clock.
    long state() {
        var last = newest;
        return last == null ? 0 : last.end();
    }

    /// The `index`-th struct.
    Struct get(int index) {
        var last = newest;
        return last != null && index == size - 1 ? last : stored(index);
    }

    private Struct stored(int index) {
        return many == null ? few[index] : many.get(index);
    }

    /// Visits the structs from the `first`-th on, in order.
    void forEachFrom(int first, Consumer<Struct> consumer) {
        if (many != null) {
            many.forEachFrom(first, consumer);
            return;
        }
        for (int i = first; i < size; i++) {
            consumer.accept(few[i]);
        }
    }

    void set(int index, Struct struct) {
        if (index == size - 1) {
            newest = struct;
        }
        if (many == null) {
            few[index] = struct;
        } else {
            many.set(index, struct);
        }
    }

    /// The index of the struct that contains `clock`, which must be below the state.
    int indexOf(long clock) {
        var last = newest;
        if (last != null && last.clock <= clock && clock < last.end()) {
            return size - 1;
        }
        int guess = lastFound;
        if (guess < size && holds(guess, clock)) {
            return guess;
        }
        int found = many == null ? lastNotBehind(clock) : many.lastNotBehind(clock);
        if (size == 0 || !holds(found, clock)) {
            throw new IllegalStateException("no struct " + client + ":" + clock);
        }
        lastFound = found;
        return found;
    }

    private boolean holds(int index, long clock) {
        var struct = get(index);
        return struct.clock <= clock && clock < struct.end();
    }

    private int lastNotBehind(long clock) {
        int low = 0;
        int high = size - 1;
        if (high >= 0 && few[high].clock <= clock) {
            return high;
        }
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (few[middle].clock <= clock) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    Struct find(long clock) {
        return get(indexOf(clock));
    }

    /// Reserves capacity for `count` further structs. The first structs of a client get exactly the
    /// capacity that they need, since many documents are loaded and never changed.
    void reserve(int count) {
        if (size == 0 && many == null && count > few.length) {
            few = new Struct[Math.min(count, MANY)];
        }
    }

    void append(Struct struct) {
        if (struct.clock != state()) {
            throw new IllegalStateException("a struct would leave a gap or overlap");
        }
        insert(size, struct);
    }

    void insert(int index, Struct struct) {
        if (index == size) {
            newest = struct;
        }
        if (many == null && size == MANY) {
            many = new StructBlocks(few, size);
            few = new Struct[0];
        }
        if (many != null) {
            many.insert(index, struct);
        } else {
            if (size == few.length) {
                few = Arrays.copyOf(few, Math.min(MANY, size + (size >> 1) + 1));
            }
            System.arraycopy(few, index, few, index + 1, size - index);
            few[index] = struct;
        }
        size++;
    }

    /// Removes the structs `from` (inclusive) to `to` (exclusive).
    void remove(int from, int to) {
        int left = size - (to - from);
        if (many != null) {
            many.remove(from, to);
            if (left < MANY / SPARSE) {
                few = many.toArray(left);
                many = null;
            }
        } else {
            System.arraycopy(few, to, few, from, size - to);
            if (few.length > FIRST_CAPACITY && left < few.length / SPARSE) {
                few = Arrays.copyOf(few, Math.max(left + (left >> 1), FIRST_CAPACITY));
            } else {
                Arrays.fill(few, left, size, null);
            }
        }
        boolean endsAtLast = to == size;
        size = left;
        if (endsAtLast) {
            newest = left == 0 ? null : stored(left - 1);
        }
    }

    /// Throws if the last struct is not the one that is kept as such.
    void checkInvariants() {
        Invariants.require(
                newest == (size == 0 ? null : stored(size - 1)), "the last struct is kept");
    }
}

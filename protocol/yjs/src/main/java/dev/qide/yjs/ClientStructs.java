package dev.qide.yjs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// All structs of one client, in the order of their clocks and without a gap.
final class ClientStructs {
    private static final int FIRST_CAPACITY = 4;

    /// When fewer than one place in so many is used, the array shrinks.
    private static final int SPARSE = 4;

    final long client;
    Struct[] structs = new Struct[FIRST_CAPACITY];
    int size;

    /// The newest transaction that added a struct, and the state before it: see [Transaction].
    @Nullable Transaction changedBy;

    long stateBefore;

    /// Where the last search ended: the next one is often near.
    private int lastFound;

    /// The client as a varUint: its bytes, the first one lowest, and how many they are. Nearly
    /// every item that is written names it.
    final long encodedClient;

    final int encodedClientBytes;

    ClientStructs(long client) {
        this.client = client;
        encodedClientBytes = Lib0Encoder.varUintBytes(client);
        encodedClient = Lib0Encoder.varUintGroups(client);
    }

    /// The clock that comes next.
    long state() {
        return size == 0 ? 0 : structs[size - 1].end();
    }

    /// The index of the struct that holds `clock`, which is below the state.
    int indexOf(long clock) {
        int guess = lastFound;
        if (guess < size && structs[guess].clock <= clock && clock < structs[guess].end()) {
            return guess;
        }
        int low = 0;
        int high = size - 1;
        if (high >= 0 && structs[high].clock <= clock) {
            low = high;
        }
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (structs[middle].clock <= clock) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if (size == 0 || clock >= structs[low].end() || clock < 0) {
            throw new IllegalStateException("no struct " + client + ":" + clock);
        }
        lastFound = low;
        return low;
    }

    Struct find(long clock) {
        return structs[indexOf(clock)];
    }

    /// Makes room for `count` structs that are about to come. The first of a client take no more
    /// room than they need, since many documents are loaded and never changed.
    void reserve(int count) {
        if (size == 0 && count > structs.length) {
            structs = new Struct[count];
        }
    }

    void append(Struct struct) {
        if (struct.clock != state()) {
            throw new IllegalStateException("a struct would leave a gap or overlap");
        }
        insert(size, struct);
    }

    void insert(int index, Struct struct) {
        if (size == structs.length) {
            structs = Arrays.copyOf(structs, size + (size >> 1) + 1);
        }
        System.arraycopy(structs, index, structs, index + 1, size - index);
        structs[index] = struct;
        size++;
    }

    /// Removes the structs `from` (inclusive) to `to` (exclusive).
    void remove(int from, int to) {
        System.arraycopy(structs, to, structs, from, size - to);
        int left = size - (to - from);
        if (structs.length > FIRST_CAPACITY && left < structs.length / SPARSE) {
            structs = Arrays.copyOf(structs, Math.max(left + (left >> 1), FIRST_CAPACITY));
        } else {
            Arrays.fill(structs, left, size, null);
        }
        size = left;
    }
}

package dev.qide.yjs;

import java.util.Arrays;
import java.util.function.Consumer;

/// A large number of structs in the order of their clocks, stored in blocks, so that an insertion
/// or a removal moves only few others. Owned by one thread.
///
/// Invariant: no block is empty, unless it is the only one.
final class StructBlocks {
    static final int BLOCK_STRUCTS = 2_048;
    private static final int FIRST_CAPACITY = 64;
    private static final Struct[] NO_STRUCTS = {};

    /// A block's array shrinks when less than one in this many of its elements is used.
    private static final int SPARSE = 4;

    private Struct[][] blocks = new Struct[4][];
    private int[] counts = new int[4];

    /// The index of the first struct of each block.
    private int[] starts = new int[4];

    private int used;

    /// The block of the last lookup; the next one is often near.
    private int last;

    StructBlocks(Struct[] structs, int size) {
        for (int from = 0; from < size || used == 0; from += BLOCK_STRUCTS) {
            int to = Math.min(size, from + BLOCK_STRUCTS);
            addBlock(used, Arrays.copyOfRange(structs, from, Math.max(to, from)), to - from);
        }
    }

    Struct get(int index) {
        int block = blockOf(index);
        return blocks[block][index - starts[block]];
    }

    /// Visits the structs from the `first`-th on, in order.
    void forEachFrom(int first, Consumer<Struct> consumer) {
        for (int block = 0; block < used; block++) {
            var structs = blocks[block];
            int count = counts[block];
            for (int i = Math.max(0, first - starts[block]); i < count; i++) {
                consumer.accept(structs[i]);
            }
        }
    }

    void set(int index, Struct struct) {
        int block = blockOf(index);
        blocks[block][index - starts[block]] = struct;
    }

    /// The index of the last struct that starts at or before `clock`; 0 if there is none.
    int lastNotBehind(long clock) {
        int block = last;
        boolean isThere =
                blocks[block][0].clock <= clock
                        && (block + 1 == used || blocks[block + 1][0].clock > clock);
        if (!isThere) {
            block = 0;
            for (int high = used - 1; block < high; ) {
                int middle = (block + high + 1) >>> 1;
                if (blocks[middle][0].clock <= clock) {
                    block = middle;
                } else {
                    high = middle - 1;
                }
            }
            last = block;
        }
        int low = 0;
        for (int high = counts[block] - 1; low < high; ) {
            int middle = (low + high + 1) >>> 1;
            if (blocks[block][middle].clock <= clock) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return starts[block] + low;
    }

    void insert(int index, Struct struct) {
        int block = index == 0 ? 0 : blockOf(index - 1);
        if (counts[block] == BLOCK_STRUCTS) {
            boolean isEnd = block == used - 1 && index == starts[block] + BLOCK_STRUCTS;
            cut(block, isEnd ? BLOCK_STRUCTS : BLOCK_STRUCTS / 2);
            block += index - starts[block] > counts[block] || isEnd ? 1 : 0;
        }
        int at = index - starts[block];
        int count = counts[block];
        if (count == blocks[block].length) {
            int capacity = Math.min(BLOCK_STRUCTS, Math.max(FIRST_CAPACITY, count + (count >> 1)));
            blocks[block] = Arrays.copyOf(blocks[block], capacity);
        }
        System.arraycopy(blocks[block], at, blocks[block], at + 1, count - at);
        blocks[block][at] = struct;
        counts[block]++;
        shift(block + 1, 1);
        last = block;
    }

    /// Removes the structs `from` (inclusive) to `to` (exclusive).
    void remove(int from, int to) {
        for (int left = to - from; left > 0; ) {
            int block = blockOf(from);
            int at = from - starts[block];
            int count = Math.min(left, counts[block] - at);
            removeIn(block, at, count);
            left -= count;
        }
    }

    /// Copies all structs.
    Struct[] toArray(int size) {
        var all = new Struct[size];
        for (int block = 0; block < used; block++) {
            System.arraycopy(blocks[block], 0, all, starts[block], counts[block]);
        }
        return all;
    }

    private void removeIn(int block, int at, int count) {
        int behind = at + count;
        int left = counts[block] - count;
        System.arraycopy(blocks[block], behind, blocks[block], at, counts[block] - behind);
        if (left < blocks[block].length / SPARSE) {
            blocks[block] = Arrays.copyOf(blocks[block], Math.max(1, left + (left >> 1)));
        } else {
            Arrays.fill(blocks[block], left, counts[block], null);
        }
        counts[block] = left;
        shift(block + 1, -count);
        if (left == 0 && used > 1) {
            dropBlock(block);
        }
    }

    private int blockOf(int index) {
        int block = last;
        if (index >= starts[block] && index < starts[block] + counts[block]) {
            return block;
        }
        int found = Arrays.binarySearch(starts, 0, used, index);
        last = found >= 0 ? found : -found - 2;
        return last;
    }

    /// Splits a full block; the second half may be empty, for a struct that is about to be
    /// inserted.
    private void cut(int block, int kept) {
        int moved = BLOCK_STRUCTS - kept;
        var rest = Arrays.copyOf(NO_STRUCTS, Math.max(FIRST_CAPACITY, moved + (moved >> 1)));
        System.arraycopy(blocks[block], kept, rest, 0, moved);
        Arrays.fill(blocks[block], kept, BLOCK_STRUCTS, null);
        counts[block] = kept;
        addBlock(block + 1, rest, moved);
    }

    private void addBlock(int at, Struct[] block, int count) {
        if (used == blocks.length) {
            int capacity = used + (used >> 1) + 1;
            blocks = Arrays.copyOf(blocks, capacity);
            counts = Arrays.copyOf(counts, capacity);
            starts = Arrays.copyOf(starts, capacity);
        }
        System.arraycopy(blocks, at, blocks, at + 1, used - at);
        System.arraycopy(counts, at, counts, at + 1, used - at);
        System.arraycopy(starts, at, starts, at + 1, used - at);
        blocks[at] = block;
        counts[at] = count;
        starts[at] = at == 0 ? 0 : starts[at - 1] + counts[at - 1];
        used++;
    }

    private void dropBlock(int at) {
        System.arraycopy(blocks, at + 1, blocks, at, used - at - 1);
        System.arraycopy(counts, at + 1, counts, at, used - at - 1);
        System.arraycopy(starts, at + 1, starts, at, used - at - 1);
        used--;
        blocks[used] = NO_STRUCTS;
        last = 0;
    }

    private void shift(int from, int by) {
        for (int block = from; block < used; block++) {
            starts[block] += by;
        }
    }
}

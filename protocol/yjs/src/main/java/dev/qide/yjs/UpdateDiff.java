package dev.qide.yjs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Extracts from an update the part that a replica lacks, and computes the state vector of an
/// update, both without building a document.
final class UpdateDiff {
    private UpdateDiff() {}

    /// `diffUpdate` of Yjs: the content that a replica with the state `known` lacks, and all
    /// deletions.
    static byte[] diff(byte[] update, StateVector known) {
        var cursor = new StructCursor(update, DecodeLimits.WIDEST);
        var writer = new StructWriter();
        long started = -1;
        while (cursor.next()) {
            if (cursor.client == started) {
                writer.write(RawStruct.of(cursor));
            } else if (cursor.kind != StructCursor.SKIP) {
                long clock = known.clock(cursor.client);
                if (cursor.clock + cursor.length > clock) {
                    var struct = RawStruct.of(cursor);
                    if (clock > struct.clock) {
                        struct.dropFront(clock - struct.clock);
                    }
                    writer.write(struct);
                    started = cursor.client;
                }
            }
        }
        return writer.finish(cursor.readDeleteSet());
    }

    /// The structs of an update that a store has not integrated, whole, and no deletions.
    static byte[] notYetIn(byte[] update, StructStore store) {
        var cursor = new StructCursor(update, DecodeLimits.WIDEST);
        var writer = new StructWriter();
        long started = -1;
        while (cursor.next()) {
            boolean isNew =
                    cursor.kind != StructCursor.SKIP
                            && cursor.clock + cursor.length > store.state(cursor.client);
            if (isNew || cursor.client == started) {
                writer.write(RawStruct.of(cursor));
                started = cursor.client;
            }
        }
        return writer.finish(new IdSet());
    }

    /// The same update with its clients in descending order.
    static byte[] inOrder(byte[] update) {
        var cursor = new StructCursor(update, DecodeLimits.WIDEST);
        var structs = new TreeMap<Long, List<RawStruct>>(Comparator.reverseOrder());
        while (cursor.next()) {
            structs.computeIfAbsent(cursor.client, _ -> new ArrayList<>())
                    .add(RawStruct.of(cursor));
        }
        var writer = new StructWriter();
        structs.values().forEach(list -> list.forEach(writer::write));
        return writer.finish(cursor.readDeleteSet());
    }

    /// `encodeStateVectorFromUpdate` of Yjs: for each client that starts at clock 0, the end of its
    /// first run.
    static StateVector stateVectorOf(byte[] update) {
        var cursor = new StructCursor(update, DecodeLimits.WIDEST);
        Map<Long, Long> clocks = new HashMap<>();
        boolean counts = false;
        while (cursor.next()) {
            if (cursor.isFirstOfClient) {
                counts = cursor.clock == 0;
            }
            counts &= cursor.kind != StructCursor.SKIP;
            if (counts) {
                clocks.put(cursor.client, cursor.clock + cursor.length);
            }
        }
        cursor.readDeleteSet();
        return StateVector.of(clocks);
    }
}

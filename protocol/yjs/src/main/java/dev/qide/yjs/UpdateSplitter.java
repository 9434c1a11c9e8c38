package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;

/// Splits an update into several of about a given size, between its structs. Applied one after the
/// other they have the effect of the whole. The deletions come last, so that none of them has to
/// wait for its structs.
final class UpdateSplitter {
    private UpdateSplitter() {}

    static List<byte[]> split(byte[] update, int bytes) {
        if (update.length <= bytes) {
            return List.of(update);
        }
        var parts = new ArrayList<byte[]>();
        var cursor = new StructCursor(update, DecodeLimits.STANDARD);
        var writer = new StructWriter();
        int partStart = -1;
        while (cursor.next()) {
            if (partStart < 0) {
                partStart = cursor.structStart;
            }
            writer.write(RawStruct.of(cursor));
            if (cursor.contentEnd - partStart >= bytes) {
                parts.add(writer.finish(new IdSet()));
                writer = new StructWriter();
                partStart = -1;
            }
        }
        parts.add(writer.finish(cursor.readDeleteSet()));
        return parts;
    }
}

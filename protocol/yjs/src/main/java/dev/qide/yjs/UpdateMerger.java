package dev.qide.yjs;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Merges updates into one without building a document.
///
/// All updates are read in parallel, in the order of descending clients and ascending clocks.
/// Structs that are already written are skipped, an overlap is cut off, and a gap is written as a
/// gap. The choice between equal structs and the positions of gaps follow Yjs to the byte. An
/// update whose clients are not in Yjs's order is sorted first; Yjs would lose part of it.
final class UpdateMerger {
    /// One update with the struct to be written next.
    private static final class Source {
        final StructCursor cursor;

        /// Breaks ties: the most recently read source goes first.
        long order;

        boolean hasStruct;

        Source(byte[] update, long order) {
            cursor = new StructCursor(update, DecodeLimits.WIDEST);
            this.order = order;
            advance();
        }

        void advance() {
            do {
                hasStruct = cursor.next();
            } while (hasStruct && cursor.kind == StructCursor.SKIP);
        }

        long end() {
            return cursor.clock + cursor.length;
        }

        static int compare(Source a, Source b) {
            int byClient = Long.compare(b.cursor.client, a.cursor.client);
            if (byClient != 0) {
                return byClient;
            }
            int byClock = Long.compare(a.cursor.clock, b.cursor.clock);
            return byClock != 0 ? byClock : Long.compare(a.order, b.order);
        }
    }

    private final PriorityQueue<Source> sources = new PriorityQueue<>(Source::compare);
    private final StructWriter writer = new StructWriter();
    private @Nullable RawStruct current;
    private long order;

    private UpdateMerger() {}

    /// @throws MalformedUpdateException when one of them is malformed
    static byte[] merge(List<byte[]> updates) {
        if (updates.size() == 1) {
            return updates.getFirst();
        }
        var all = new ArrayList<Source>(updates.size());
        byte[] merged = new UpdateMerger().mergeAll(updates, all);
        if (all.stream().allMatch(source -> source.cursor.isDescending)) {
            return merged;
        }
        var ordered = updates.stream().map(UpdateDiff::inOrder).toList();
        return new UpdateMerger().mergeAll(ordered, new ArrayList<>());
    }

    private byte[] mergeAll(List<byte[]> updates, List<Source> all) {
        for (int i = 0; i < updates.size(); i++) {
            var source = new Source(updates.get(i), i);
            all.add(source);
            if (source.hasStruct) {
                sources.add(source);
            }
        }
        for (var first = sources.poll(); first != null; first = sources.poll()) {
            takeFrom(first);
            if (first.hasStruct) {
                first.order = --order;
                sources.add(first);
            }
        }
        if (current != null) {
            writer.write(current);
        }
        var deletions = new ArrayList<DeleteSetReader>();
        for (var source : all) {
            deletions.add(source.cursor.deleteSetReader());
        }
        return writer.finish(DeleteSetReader.union(deletions));
    }

    /// Writes the structs of `source` up to the point where another source may be next.
    private void takeFrom(Source source) {
        long client = source.cursor.client;
        if (current == null) {
            take(source);
        } else if (!takeNext(source, current, client)) {
            return;
        }
        while (source.hasStruct
                && source.cursor.client == client
                && current != null
                && source.cursor.clock == current.end()) {
            writer.write(current);
            take(source);
        }
    }

    private void take(Source source) {
        current = RawStruct.of(source.cursor);
        source.advance();
    }

    /// Skips structs that are already written and takes the next one, or writes a gap before it.
    /// Returns false if the sources must be sorted again first.
    private boolean takeNext(Source source, RawStruct written, long client) {
        var cursor = source.cursor;
        boolean passed = false;
        while (source.hasStruct
                && source.end() <= written.end()
                && cursor.client >= written.client) {
            source.advance();
            passed = true;
        }
        if (!source.hasStruct
                || cursor.client != client
                || (passed && cursor.clock > written.end())) {
            return false;
        }
        if (client != written.client) {
            writer.write(written);
            take(source);
        } else if (written.end() < cursor.clock) {
            takeGap(written, cursor);
        } else {
            takeOverlapping(source, written);
        }
        return true;
    }

    private void takeGap(RawStruct written, StructCursor cursor) {
        if (written.kind == StructCursor.SKIP) {
            written.length = cursor.clock + cursor.length - written.clock;
        } else {
            writer.write(written);
            current = RawStruct.gap(written, cursor.clock - written.end());
        }
    }

    private void takeOverlapping(Source source, RawStruct written) {
        var struct = RawStruct.of(source.cursor);
        long overlap = written.end() - struct.clock;
        if (overlap > 0) {
            if (written.kind == StructCursor.SKIP) {
                written.length -= overlap;
            } else {
                struct.dropFront(overlap);
            }
        }
        if (written.kind == StructCursor.GC && struct.kind == StructCursor.GC) {
            written.length += struct.length;
        } else {
            writer.write(written);
            current = struct;
            source.advance();
        }
    }
}

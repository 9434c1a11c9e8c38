package dev.qide.yjs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// The measured operations on one editing trace, for [Bench] and for `EngineBenchmark` with JMH.
final class Works {
    /// The number of first updates that are merged.
    private static final int MERGED = 10_000;

    /// An id of 32 bits, as Yjs draws it, the same for every library.
    private static final long AUTHOR = 2_863_311_530L;

    private final Trace trace;
    private final List<byte[]> updates = new ArrayList<>();
    private final Doc edited = new Doc(Doc.Options.of(AUTHOR));
    private final byte[] state;

    Works(Path file) throws IOException {
        trace = Trace.read(file);
        var remove = edited.onUpdate((update, _) -> updates.add(update));
        trace.transactions().forEach(transaction -> trace.apply(transaction, edited));
        remove.run();
        state = edited.encodeStateAsUpdate();
    }

    /// Applies every edit of the trace with one update event each. Returns the bytes of the
    /// updates.
    long local() {
        var doc = new Doc(Doc.Options.of(AUTHOR));
        long[] bytes = {0};
        doc.onUpdate((update, _) -> bytes[0] += update.length);
        trace.transactions().forEach(transaction -> trace.apply(transaction, doc));
        return bytes[0];
    }

    /// Applies every update of the trace, one by one.
    Doc apply() {
        var doc = new Doc(Doc.Options.of(2));
        updates.forEach(doc::applyUpdate);
        return doc;
    }

    /// Encodes the whole state as one update.
    Doc load() {
        return Doc.load(Doc.Options.of(2), new Random(2), List.of(state));
    }

    byte[] encode() {
        return edited.encodeStateAsUpdate();
    }

    byte[] merge() {
        return Updates.merge(updates.subList(0, MERGED));
    }

    String text() {
        return edited.text("text").toString();
    }
}

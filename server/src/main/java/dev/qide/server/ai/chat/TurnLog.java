package dev.qide.server.ai.chat;

import dev.qide.wire.ChatDeltaParams.Kind;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The deltas of a turn so far, and the one reader. Kept as one text and the ends of its deltas,
/// since most deltas have a few characters. Thread-safe. The reader is called with the log locked,
/// so that it sees every delta once and in order; it must not block.
public final class TurnLog {
    /// The maximum text of one answer, thinking included, in UTF-16 units.
    public static final int CHARACTERS = 2_000_000;

    /// The maximum number of deltas of one answer.
    public static final int DELTAS = 1_000_000;

    private final StringBuilder all = new StringBuilder();
    private final BitSet thinking = new BitSet();
    private int[] ends = new int[16];
    private int deltas;
    private @Nullable Consumer<Delta> reader;

    /// @param sequence counted from 1
    public record Delta(int sequence, Kind kind, String text) {}

    /// Adds a delta; an empty one is no delta.
    ///
    /// @return whether more text fits
    public synchronized boolean add(Kind kind, String part) {
        if (part.isEmpty()) {
            return true;
        }
        if (deltas == ends.length) {
            ends = Arrays.copyOf(ends, deltas * 2);
        }
        all.append(part);
        thinking.set(deltas, kind == Kind.THINKING);
        ends[deltas] = all.length();
        deltas++;
        if (reader != null) {
            reader.accept(delta(deltas - 1));
        }
        return all.length() < CHARACTERS && deltas < DELTAS;
    }

    /// Sends the reader all deltas after this one, present and future.
    public synchronized void attach(int after, Consumer<Delta> newReader) {
        for (int i = Math.max(0, after); i < deltas; i++) {
            newReader.accept(delta(i));
        }
        reader = newReader;
    }

    public synchronized void detach() {
        reader = null;
    }

    /// The number of the last delta; 0 before the first.
    public synchronized int last() {
        return deltas;
    }

    /// The text of the answer so far, without thinking.
    public synchronized String text() {
        var text = new StringBuilder();
        for (int i = 0; i < deltas; i++) {
            if (!thinking.get(i)) {
                text.append(all, begin(i), ends[i]);
            }
        }
        return text.toString();
    }

    private Delta delta(int index) {
        return new Delta(
                index + 1,
                thinking.get(index) ? Kind.THINKING : Kind.TEXT,
                all.substring(begin(index), ends[index]));
    }

    private int begin(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }
}

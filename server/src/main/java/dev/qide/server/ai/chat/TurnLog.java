package dev.qide.server.ai.chat;

import dev.qide.wire.ChatDeltaParams.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The deltas of a turn so far, and the one reader. Thread-safe. The reader is called with the log
/// locked, so that it sees every delta once and in order; it must not block.
public final class TurnLog {
    /// The maximum text of one answer, thinking included, in UTF-16 units.
    public static final int CHARACTERS = 2_000_000;

    private final List<Delta> deltas = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private int characters;
    private @Nullable Consumer<Delta> reader;

    /// @param sequence counted from 1
    public record Delta(int sequence, Kind kind, String text) {}

    /// @return whether more text fits
    public synchronized boolean add(Kind kind, String part) {
        var delta = new Delta(deltas.size() + 1, kind, part);
        deltas.add(delta);
        characters += part.length();
        if (kind == Kind.TEXT) {
            text.append(part);
        }
        if (reader != null) {
            reader.accept(delta);
        }
        return characters < CHARACTERS;
    }

    /// Sends the reader all deltas after this one, present and future.
    public synchronized void attach(int after, Consumer<Delta> newReader) {
        deltas.stream().skip(Math.max(0, after)).forEach(newReader);
        reader = newReader;
    }

    public synchronized void detach() {
        reader = null;
    }

    /// The number of the last delta; 0 before the first.
    public synchronized int last() {
        return deltas.size();
    }

    /// The text of the answer so far, without thinking.
    public synchronized String text() {
        return text.toString();
    }
}

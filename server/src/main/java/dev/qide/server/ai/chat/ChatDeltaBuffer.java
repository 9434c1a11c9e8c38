package dev.qide.server.ai.chat;

import dev.qide.wire.ChatDeltaParams.Kind;
import dev.qide.wire.ToolUse;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The deltas of a turn so far, and the one reader. Kept as one text and the ends of its deltas,
/// since most deltas have a few characters. Thread-safe. The reader is called with the buffer
/// locked, so that it sees every delta once and in order; it must not block.
public final class ChatDeltaBuffer {
    /// The maximum text of one answer, thinking and tools included, in UTF-16 units.
    public static final int CHARACTERS = 2_000_000;

    /// The maximum number of deltas of one answer.
    public static final int DELTAS = 1_000_000;

    private final StringBuilder all = new StringBuilder();
    private final BitSet thinking = new BitSet();
    private final Map<Integer, ToolUse> toolDeltas = new HashMap<>();
    private int[] ends = new int[16];
    private int deltas;
    private int toolCharacters;
    private @Nullable Consumer<Delta> reader;

    /// @param sequence counted from 1
    /// @param tool only with the kind `TOOL`
    public record Delta(int sequence, Kind kind, String text, @Nullable ToolUse tool) {}

    /// Adds a delta of text or thinking; an empty one is no delta.
    ///
    /// @return whether more text fits
    public synchronized boolean add(Kind kind, String part) {
        if (part.isEmpty()) {
            return true;
        }
        all.append(part);
        thinking.set(deltas, kind == Kind.THINKING);
        return added();
    }

    /// Adds the start of a tool's call, or its result.
    ///
    /// @return whether more text fits
    public synchronized boolean add(ToolUse tool) {
        var result = tool.result();
        toolCharacters += tool.arguments().length() + (result == null ? 0 : result.length());
        toolDeltas.put(deltas, tool);
        return added();
    }

    private boolean added() {
        if (deltas == ends.length) {
            ends = Arrays.copyOf(ends, deltas * 2);
        }
        ends[deltas] = all.length();
        deltas++;
        if (reader != null) {
            reader.accept(delta(deltas - 1));
        }
        return all.length() + toolCharacters < CHARACTERS && deltas < DELTAS;
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

    /// The calls of tools so far, each in its latest state.
    public synchronized List<ToolUse> tools() {
        var tools = new LinkedHashMap<String, ToolUse>();
        toolDeltas.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(delta -> tools.put(delta.getValue().id(), delta.getValue()));
        return List.copyOf(tools.values());
    }

    /// The text of the answer so far, without thinking; an empty line separates the texts before
    /// and after a tool's call.
    public synchronized String text() {
        var text = new StringBuilder();
        boolean isAfterTool = false;
        for (int i = 0; i < deltas; i++) {
            if (toolDeltas.containsKey(i)) {
                isAfterTool = true;
            } else if (!thinking.get(i)) {
                if (isAfterTool && !text.isEmpty()) {
                    text.append("\n\n");
                }
                isAfterTool = false;
                text.append(all, begin(i), ends[i]);
            }
        }
        return text.toString();
    }

    private Delta delta(int index) {
        var tool = toolDeltas.get(index);
        if (tool != null) {
            return new Delta(index + 1, Kind.TOOL, "", tool);
        }
        return new Delta(
                index + 1,
                thinking.get(index) ? Kind.THINKING : Kind.TEXT,
                all.substring(begin(index), ends[index]),
                null);
    }

    private int begin(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }
}

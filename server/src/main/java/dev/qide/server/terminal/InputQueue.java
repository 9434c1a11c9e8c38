package dev.qide.server.terminal;

import static dev.qide.server.terminal.TerminalLimits.INPUT_BYTES;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The input of a terminal that waits for its program, of at most [TerminalLimits#INPUT_BYTES].
///
/// Not thread-safe: the lock of its [Terminal] guards it.
final class InputQueue {
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private int waitingBytes;

    /// UTF-16 units of input that were taken, including [#half].
    private long typed;

    /// The first half of a character whose second half has not arrived yet; empty for none.
    private String half = "";

    /// The number of UTF-16 units of input that were taken.
    long typed() {
        return typed;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// Takes the part of a text that was not taken before.
    ///
    /// @param position the number of UTF-16 units of input before the text
    /// @throws FailureException `TERMINAL_INPUT_FULL`, `INVALID_PARAMS` when input before the
    ///   position is missing
    void add(long position, String text) {
        if (position < 0 || position > typed) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("parameter", "position", "most", Long.toString(typed)));
        }
        int known = (int) Math.min(text.length(), typed - position);
        var taken = half + text.substring(known);
        int end = lengthOfWholeCharacters(taken);
        var bytes = taken.substring(0, end).getBytes(StandardCharsets.UTF_8);
        if (waitingBytes + bytes.length > INPUT_BYTES) {
            throw new FailureException(Failure.TERMINAL_INPUT_FULL);
        }
        typed += text.length() - known;
        half = taken.substring(end);
        if (bytes.length > 0) {
            waiting.add(bytes);
            waitingBytes += bytes.length;
        }
    }

    /// The bytes to write next; null for none.
    byte @Nullable [] peek() {
        return waiting.peek();
    }

    /// Removes the first bytes of [#peek], which were written.
    void written(int bytes) {
        var next = waiting.remove();
        waitingBytes -= bytes;
        if (bytes < next.length) {
            waiting.addFirst(Arrays.copyOfRange(next, bytes, next.length));
        }
    }

    private static int lengthOfWholeCharacters(String text) {
        int length = text.length();
        boolean isCut = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
        return isCut ? length - 1 : length;
    }
}

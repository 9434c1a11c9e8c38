package dev.qide.server.transport.websocket;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What waits in one outgoing queue: control frames, text, binary, and at last a close.
///
/// **What clients rely on** is the order inside one kind of traffic. Text frames are LSP messages:
/// they never overtake each other. Binary frames are documents: an update, its acknowledgement and
/// presence of one document never overtake each other, and since nobody here looks into a frame,
/// neither do those of different documents. Between the two kinds there is no order to keep: a
/// language server answers when it likes, about the text that its editor had when it asked.
///
/// So each kind is a lane. While all that waits fits into one write, frames leave as they were put
/// in. Beyond that the lanes take turns, a turn being one write or one larger frame: what is at the
/// head of its lane waits for one turn of the other at most, however much waits there. A message
/// cannot be cut for another one (RFC 6455, section 5.4: fragments of two messages do not mix), so
/// whoever has much to say sends it in pieces, as documents do; pings and pongs go before both, and
/// a peer on a slow line is not taken for a dead one. Not thread-safe: guarded by the queue's lock.
final class SendLanes {
    private final ArrayDeque<WebSocketFrame> control = new ArrayDeque<>();
    private final ArrayDeque<Waiting> text = new ArrayDeque<>();
    private final ArrayDeque<Waiting> binary = new ArrayDeque<>();
    private final int turnBytes;
    private @Nullable WebSocketFrame close;
    private long numbers;
    private long bytes;
    private boolean isTextsTurn;

    private record Waiting(WebSocketFrame frame, long number) {}

    /// @param turnBytes what is written at once, unless one frame is larger
    SendLanes(int turnBytes) {
        this.turnBytes = turnBytes;
    }

    void add(WebSocketFrame frame) {
        bytes += frame.bytes();
        switch (frame.kind()) {
            case TEXT -> text.add(new Waiting(frame, numbers++));
            case BINARY -> binary.add(new Waiting(frame, numbers++));
            case CONTROL -> control.add(frame);
            case CLOSE -> close = frame;
        }
    }

    int frames() {
        return control.size() + text.size() + binary.size() + (close == null ? 0 : 1);
    }

    long bytes() {
        return bytes;
    }

    void clear() {
        control.clear();
        text.clear();
        binary.clear();
        close = null;
        bytes = 0;
    }

    /// Gives the frames of the next write to the consumer: one, or several small ones; none when
    /// nothing waits.
    void take(Consumer<WebSocketFrame> batch) {
        boolean isBehind = bytes > turnBytes;
        boolean wasText = !isTextsTurn;
        long taken = 0;
        for (var next = peek(isBehind); next != null; next = peek(isBehind)) {
            if (taken > 0 && taken + next.bytes() > turnBytes) {
                break;
            }
            taken += next.bytes();
            remove(next);
            batch.accept(next);
            wasText = next.kind() == WebSocketFrame.Kind.TEXT;
        }
        isTextsTurn = !wasText;
    }

    private @Nullable WebSocketFrame peek(boolean isBehind) {
        if (!control.isEmpty()) {
            return control.peek();
        }
        var firstText = text.peek();
        var firstBinary = binary.peek();
        if (firstText == null || firstBinary == null) {
            var only = firstText == null ? firstBinary : firstText;
            return only == null ? close : only.frame();
        }
        boolean isText = isBehind ? isTextsTurn : firstText.number() < firstBinary.number();
        return isText ? firstText.frame() : firstBinary.frame();
    }

    private void remove(WebSocketFrame frame) {
        bytes -= frame.bytes();
        switch (frame.kind()) {
            case TEXT -> text.remove();
            case BINARY -> binary.remove();
            case CONTROL -> control.remove();
            case CLOSE -> close = null;
        }
    }
}

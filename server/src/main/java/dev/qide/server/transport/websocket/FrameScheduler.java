package dev.qide.server.transport.websocket;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decides the order in which the frames of one socket are sent: control frames, text, binary, and
/// finally a close.
///
/// **Clients rely on** the order within one kind. Text frames are LSP messages and never overtake
/// each other. Binary frames belong to documents: an update, its acknowledgement and the awareness
/// of one document never overtake each other. Since this class does not look into frames, neither
/// do those of different documents. The order between the two kinds does not matter: a language
/// server may answer at any time, about the text that its editor had when it sent the request.
///
/// So each kind has a queue. While all frames fit into one write, they are sent in the order in
/// which they were queued. Beyond that the queues alternate, and a turn is one write or one larger
/// frame: the head of a queue waits for at most one turn of the other queue, however long that is.
/// A message cannot be interrupted by another one (RFC 6455, section 5.4: fragments of two messages
/// must not interleave), so large data is sent in several messages, as documents are. Pings and
/// pongs go first, so that a peer with a slow connection does not count as dead. Not thread-safe:
/// guarded by the queue's lock.
final class FrameScheduler {
    private final ArrayDeque<WebSocketFrame> control = new ArrayDeque<>();
    private final ArrayDeque<Waiting> text = new ArrayDeque<>();
    private final ArrayDeque<Waiting> binary = new ArrayDeque<>();
    private final int turnBytes;
    private @Nullable WebSocketFrame close;
    private long numbers;
    private long bytes;
    private boolean isTextsTurn;

    private record Waiting(WebSocketFrame frame, long number) {}

    /// @param turnBytes the size of one write, unless a single frame is larger
    FrameScheduler(int turnBytes) {
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

    /// Passes the frames of the next write to the consumer: one, or several small ones; none if the
    /// queues are empty.
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

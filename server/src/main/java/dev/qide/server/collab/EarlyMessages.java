package dev.qide.server.collab;

import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.ClientMessage.Content;
import dev.qide.server.collab.protocol.ClientMessage.LostContent;
import dev.qide.yjs.StateVector;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A client's messages for a document that is still being opened, bounded.
///
/// Owned by one thread.
final class EarlyMessages {
    static final int BYTES = 1 << 20;
    static final int MESSAGES = 1_024;

    private final ArrayDeque<ClientMessage> messages = new ArrayDeque<>();
    private long bytes;

    /// Queues a message. Content beyond the bound is dropped; the server requests it again later.
    ///
    /// @return false when the queue is full
    boolean add(ClientMessage message) {
        if (messages.size() >= MESSAGES) {
            return false;
        }
        if (message instanceof Content content) {
            if (bytes + content.update().length > BYTES) {
                return messages.add(new LostContent(content.isStep2()));
            }
            bytes += content.update().length;
        }
        return messages.add(message);
    }

    /// The state vector of the first step 1, or null when there is none.
    @Nullable StateVector vector() {
        for (var message : messages) {
            if (message instanceof ClientMessage.Step1(var vector)) {
                return vector;
            }
        }
        return null;
    }

    @Nullable ClientMessage poll() {
        return messages.poll();
    }
}

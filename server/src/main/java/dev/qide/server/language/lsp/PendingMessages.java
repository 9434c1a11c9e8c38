package dev.qide.server.language.lsp;

import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// An editor's messages, in order, for a server that is being installed or started. Owned by one
/// thread.
final class PendingMessages {
    private static final int MESSAGES = 4096;
    private static final long CHARACTERS = 32L << 20;

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long characters;

    record Waiting(JsonRpcEnvelope envelope, String message) {}

    /// @return false when 4,096 messages or 32 Mi characters are waiting
    boolean add(JsonRpcEnvelope envelope, String message) {
        if (waiting.size() >= MESSAGES
                || (characters + message.length() > CHARACTERS && !waiting.isEmpty())) {
            return false;
        }
        waiting.add(new Waiting(envelope, message));
        characters += message.length();
        return true;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// Requeues messages before all others; they were delivered once, in this order. The limit of
    /// pending requests of a session bounds them.
    void requeue(List<Waiting> delivered) {
        for (var message : delivered.reversed()) {
            waiting.addFirst(message);
            characters += message.message().length();
        }
    }

    List<Waiting> takeAll() {
        var all = new ArrayList<>(waiting);
        waiting.clear();
        characters = 0;
        return all;
    }
}

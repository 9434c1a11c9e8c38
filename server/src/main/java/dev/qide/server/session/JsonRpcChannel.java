package dev.qide.server.session;

import dev.qide.server.identity.Action;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.Failure;

/// The text frames of one socket in both directions. Incoming frames are limited by the principal's
/// message rate and passed on; outgoing frames are dropped until the client has sent a text frame.
///
/// [#receive(String)] and [#isAdmitted(int)] are called by the socket's reader thread; the rest is
/// thread-safe.
final class JsonRpcChannel {
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int POLICY_VIOLATION = 1008;

    private final Editor editor;
    private final RateLimits rates;
    private final WebSocketSender outgoing;
    private final Receiver receiver;
    private volatile boolean hasReceivedText;

    /// Receives admitted messages.
    @FunctionalInterface
    interface Receiver {
        /// @return false when the inbox stayed full; the message is lost then
        boolean put(String message) throws InterruptedException;
    }

    JsonRpcChannel(Editor editor, RateLimits rates, WebSocketSender outgoing, Receiver receiver) {
        this.editor = editor;
        this.rates = rates;
        this.outgoing = outgoing;
        this.receiver = receiver;
    }

    /// Receives a frame, or closes the socket.
    void receive(String message) {
        hasReceivedText = true;
        if (!isAdmitted(message.length())) {
            return;
        }
        try {
            if (!receiver.put(message)) {
                outgoing.close(TRY_AGAIN_LATER, Failure.TOO_MANY_REQUESTS.wireName());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            outgoing.close(TRY_AGAIN_LATER, Failure.SERVER_STOPPING.wireName());
        }
    }

    /// Counts one message against the principal's rates; closes the socket when one is exceeded or
    /// the credential has ended.
    ///
    /// @param length in bytes or characters
    boolean isAdmitted(int length) {
        if (!editor.can(Action.READ_WORKSPACE)) {
            return false;
        }
        if (rates.admitsMessage(editor.key(), length)) {
            return true;
        }
        outgoing.close(POLICY_VIOLATION, Failure.TOO_MANY_REQUESTS.wireName());
        return false;
    }

    /// Whether the client has sent a text frame.
    boolean hasReceivedText() {
        return hasReceivedText;
    }

    /// Sends a message, or drops it if the client has sent no text frame yet.
    void send(String message) {
        if (hasReceivedText) {
            outgoing.text(message);
        }
    }
}

package dev.qide.server.session;

import dev.qide.server.limits.Throttle;
import dev.qide.server.transport.Outgoing;
import dev.qide.wire.Failure;

/// The text frames of one socket, both ways: what comes is admitted by its person's rate and handed
/// on; what goes is dropped until the client has spoken text.
///
/// [#receive(String)] and [#isAdmitted()] are called by the socket's reader thread; the rest is
/// thread-safe.
final class JsonRpcChannel {
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int POLICY_VIOLATION = 1008;

    private final Editor editor;
    private final Throttle messageRate;
    private final Outgoing outgoing;
    private final Receiver receiver;
    private volatile boolean speaksText;

    /// Where admitted messages go.
    @FunctionalInterface
    interface Receiver {
        /// @return false when there was no room for it in time; the message is lost then
        boolean put(String message) throws InterruptedException;
    }

    JsonRpcChannel(Editor editor, Throttle messageRate, Outgoing outgoing, Receiver receiver) {
        this.editor = editor;
        this.messageRate = messageRate;
        this.outgoing = outgoing;
        this.receiver = receiver;
    }

    /// Takes a message in, or ends the socket.
    void receive(String message) {
        speaksText = true;
        if (!isAdmitted()) {
            return;
        }
        try {
            if (!receiver.put(message)) {
                outgoing.close(TRY_AGAIN_LATER, "too many messages are waiting");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            outgoing.close(TRY_AGAIN_LATER, "the server stops");
        }
    }

    /// Counts one message against its person's rate; ends the socket when there were too many, or
    /// when its credential has ended.
    boolean isAdmitted() {
        if (!editor.grant().lookAgain()) {
            return false;
        }
        if (messageRate.take(editor.principal().id().value().toString())) {
            return true;
        }
        outgoing.close(POLICY_VIOLATION, Failure.TOO_MANY_REQUESTS.wireName());
        return false;
    }

    /// A message of the server; silently dropped while the client has not spoken text.
    void send(String message) {
        if (speaksText) {
            outgoing.text(message);
        }
    }
}

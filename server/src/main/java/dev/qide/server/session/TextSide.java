package dev.qide.server.session;

import dev.qide.server.limits.Throttle;
import dev.qide.server.owner.Owner;
import dev.qide.server.socket.Outgoing;
import dev.qide.wire.Failure;
import java.util.function.Consumer;

/// The text frames of one socket, both ways: what comes is admitted by its person's rate and waits
/// for the session's thread; what goes is dropped until the client has spoken text.
///
/// [#receive(String)] and [#isAdmitted()] are called by the socket's reader thread; the rest is
/// thread-safe.
final class TextSide {
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int POLICY_VIOLATION = 1008;

    private final Editor editor;
    private final Throttle messageRate;
    private final Outgoing outgoing;
    private final TextInbox inbox;
    private volatile boolean speaksText;

    /// @param receiver called on the owner's thread
    TextSide(
            Editor editor,
            Throttle messageRate,
            Outgoing outgoing,
            Owner owner,
            Consumer<String> receiver) {
        this.editor = editor;
        this.messageRate = messageRate;
        this.outgoing = outgoing;
        this.inbox = new TextInbox(owner, receiver);
    }

    /// Takes a message in, or ends the socket.
    void receive(String message) {
        speaksText = true;
        if (!isAdmitted()) {
            return;
        }
        try {
            if (!inbox.put(message)) {
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
        if (messageRate.take(editor.person().id().value().toString())) {
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

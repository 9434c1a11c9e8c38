package dev.qide.server.session;

import dev.qide.server.collab.DocumentConnection;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.server.transport.WebSocketSender;
import dev.qide.wire.Failure;

/// A session that carries only shared documents.
///
/// @param key under which its messages are counted: the person, or, before the in-band login, the
///   socket
record DocumentSession(
        DocumentConnection documents, WebSocketSender outgoing, RateLimits rates, String key)
        implements WebSocketHandler.Receiver {
    private static final int UNSUPPORTED_DATA = 1003;
    private static final int POLICY_VIOLATION = 1008;

    @Override
    public void text(String message) {
        outgoing.close(UNSUPPORTED_DATA, Failure.FRAME_MALFORMED.wireName());
    }

    @Override
    public void binary(byte[] message) {
        if (rates.admitsMessage(key, message.length)) {
            documents.receive(message);
        } else {
            outgoing.close(POLICY_VIOLATION, Failure.TOO_MANY_REQUESTS.wireName());
        }
    }

    @Override
    public boolean isKnown() {
        return documents.isLoggedIn();
    }

    @Override
    public void closed(int code) {
        documents.closed();
    }
}

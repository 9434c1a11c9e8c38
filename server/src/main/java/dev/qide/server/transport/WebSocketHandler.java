package dev.qide.server.transport;

import dev.qide.wire.Failure;
import org.jspecify.annotations.Nullable;

/// Decides about a WebSocket handshake before any WebSocket code sees it.
public interface WebSocketHandler {
    Admission admit(RequestHead head);

    /// The table of socket endpoints.
    @FunctionalInterface
    interface Routes {
        /// The endpoint at a decoded path, or null when there is none: answered 404.
        @Nullable WebSocketHandler at(String path);
    }

    /// The answer to a handshake.
    sealed interface Admission {
        /// @param subprotocol the one to echo, or null for none
        /// @param messageBytes the largest message (fragments summed) that this socket may send
        record Accepted(Opener opener, @Nullable String subprotocol, int messageBytes)
                implements Admission {}

        /// Answered as a plain HTTP error with a JSON body; no WebSocket comes to be.
        record Refused(Failure failure) implements Admission {}
    }

    /// Makes the receiving side of an accepted socket.
    @FunctionalInterface
    interface Opener {
        Receiver open(Outgoing outgoing);

        /// Whether the socket stands for a process of its own. A platform thread that reads it
        /// costs little beside that, and saves two changes of thread with each message.
        default boolean hasProcess() {
            return false;
        }
    }

    /// The receiving side of one socket. Every method is called by the socket's own reader thread,
    /// one at a time; a call that blocks stops reading from this client and nobody else.
    interface Receiver {
        void text(String message);

        void binary(byte[] message);

        /// Whether who sends has logged in; until then a message may have at most 64 KiB. Endpoints
        /// that log in at the handshake know everybody.
        default boolean isKnown() {
            return true;
        }

        /// Called exactly once, last, however the socket ended.
        void closed(int code);
    }
}

package dev.qide.server.transport;

import dev.qide.wire.FailureException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Admits or refuses a WebSocket handshake, before any WebSocket code sees it.
public interface WebSocketHandler {
    /// Decides about a handshake; may block.
    Admission admit(RequestHead head);

    /// The table of WebSocket endpoints.
    @FunctionalInterface
    interface Routes {
        /// The endpoint at a decoded path, or null if there is none, which is answered with 404.
        @Nullable WebSocketHandler at(String path);
    }

    /// The answer to a handshake.
    sealed interface Admission {
        /// @param subprotocol the subprotocol to echo, or null
        /// @param messageBytes the largest message, with all fragments, that the client may send
        record Accepted(Opener opener, @Nullable String subprotocol, int messageBytes)
                implements Admission {}

        /// Answered with a plain HTTP error with a JSON body; no WebSocket is opened.
        record Refused(FailureException failure) implements Admission {}

        /// Another server has accepted the handshake: its bytes and the client's are passed on.
        ///
        /// @param headers of its answer 101
        record Forwarded(Map<String, String> headers, Upstream upstream) implements Admission {
            public Forwarded {
                headers = Map.copyOf(headers);
            }
        }

        /// Another server has refused the handshake.
        record RefusedThere(HttpHandler.Answer answer) implements Admission {}
    }

    /// The connection to another server that serves a socket of a client of this one. Thread-safe;
    /// one thread reads and one thread writes at a time.
    interface Upstream {
        /// The bytes that the other server sends after its answer.
        InputStream input();

        /// Unbuffered.
        OutputStream output();

        /// Ends the output; what was written still arrives.
        void endOutput();

        /// Resets the connection; unblocks a reader or writer. May be repeated.
        void abort();

        /// Passes the frames that come through a delivery link to a receiver from now on. Called
        /// once.
        void receiveDeliveries(Deliveries receiver);

        /// Signals that [Deliveries#isFull()] has changed; the other server gets a report soon.
        void feedbackChanged();
    }

    /// Receives the frames for one client that come through a delivery link ([Delivery]). No method
    /// blocks.
    interface Deliveries {
        /// @param frame shared with other clients: never changed
        /// @param after the number of binary frames of the socket's own connection that precede it
        void deliver(byte[] frame, long after);

        /// Whether the client has enough deliveries for now.
        boolean isFull();

        /// Frames were lost: the socket must end.
        void lost();
    }

    /// Creates the receiving side of an accepted socket.
    @FunctionalInterface
    interface Opener {
        /// Creates the receiver.
        ///
        /// @param outgoing sends to the client, from now on
        Receiver open(WebSocketSender outgoing);

        /// Whether the socket has a process of its own, such as a language server. A platform
        /// thread then reads it: that costs little beside the process, and saves two thread
        /// switches per message.
        default boolean hasProcess() {
            return false;
        }
    }

    /// The receiving side of one socket. The socket's reader thread calls every method, one at a
    /// time; a call that blocks delays only this client.
    interface Receiver {
        /// A complete text message.
        void text(String message);

        /// A complete binary message; the receiver may keep the array.
        void binary(byte[] message);

        /// Whether the sender has logged in; until then a message may have at most 64 KiB. With
        /// login at the handshake it always has.
        default boolean isKnown() {
            return true;
        }

        /// Called exactly once, as the last call, however the socket ended.
        void closed(int code);
    }
}

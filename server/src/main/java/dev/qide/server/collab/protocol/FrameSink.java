package dev.qide.server.collab.protocol;

import dev.qide.server.collab.FrameReceiver;
import dev.qide.wire.Failure;

/// How the server's words about one document reach one client: the framing, and what ends it. No
/// method blocks. Thread-safe.
public sealed interface FrameSink {
    void send(ServerMessage frame);

    /// The last word about this document to this client.
    ///
    /// @param word a denial or a CLOSE
    void end(ServerMessage word, Failure why);

    /// Whether more may be sent now by someone who can wait.
    boolean hasRoom();

    /// One of many documents on a socket, in Hocuspocus framing: the client is sent its end, and
    /// the socket stays.
    ///
    /// @param knowsClose whether the provider knows CLOSE; an earlier one is sent a denial instead
    record Addressed(DocumentAddress documentAddress, boolean knowsClose, FrameReceiver out)
            implements FrameSink {
        @Override
        public void send(ServerMessage frame) {
            out.frame(frame.at(documentAddress));
        }

        @Override
        public void end(ServerMessage word, Failure why) {
            send(knowsClose ? word : ServerMessage.denied(why));
        }

        @Override
        public boolean hasRoom() {
            return out.hasRoom();
        }
    }

    /// The one document of a socket, in y-websocket framing: what has no word there is not said,
    /// and the end of the document is the end of the socket.
    record Plain(FrameReceiver out) implements FrameSink {
        private static final int CLOSE_REPLACED = 4205;
        private static final int CLOSE_UNAUTHENTICATED = 4401;
        private static final int CLOSE_FORBIDDEN = 4403;
        private static final int CLOSE_TRY_LATER = 1013;
        private static final int CLOSE_REFUSED = 1008;

        @Override
        public void send(ServerMessage frame) {
            var plain = frame.plain();
            if (plain != null) {
                out.frame(plain);
            }
        }

        @Override
        public void end(ServerMessage word, Failure why) {
            send(word);
            out.close(codeOf(why), why.wireName());
        }

        @Override
        public boolean hasRoom() {
            return out.hasRoom();
        }

        private static int codeOf(Failure why) {
            return switch (why) {
                case UNAUTHENTICATED -> CLOSE_UNAUTHENTICATED;
                case FORBIDDEN -> CLOSE_FORBIDDEN;
                case DOCUMENT_REPLACED -> CLOSE_REPLACED;
                case DOCUMENT_UNAVAILABLE, SERVER_STOPPING, TOO_MANY_DOCUMENTS, TOO_MANY_REQUESTS ->
                        CLOSE_TRY_LATER;
                default -> CLOSE_REFUSED;
            };
        }
    }
}

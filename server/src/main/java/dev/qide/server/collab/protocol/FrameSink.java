package dev.qide.server.collab.protocol;

import dev.qide.server.collab.FrameReceiver;
import dev.qide.wire.Failure;

/// Sends messages about one document to one client in the client's framing. No method blocks.
/// Thread-safe.
public sealed interface FrameSink {
    void send(ServerMessage frame);

    /// Sends the last message about this document to this client.
    ///
    /// @param last a denial or a CLOSE
    void end(ServerMessage last, Failure why);

    /// Whether the socket accepts further deferrable frames.
    boolean isWritable();

    /// One of many documents on a socket, in Hocuspocus framing. Its end leaves the socket open.
    ///
    /// @param knowsClose whether the provider knows CLOSE; an earlier one is sent a denial instead
    record Addressed(DocumentAddress documentAddress, boolean knowsClose, FrameReceiver out)
            implements FrameSink {
        @Override
        public void send(ServerMessage frame) {
            out.frame(frame.at(documentAddress));
        }

        @Override
        public void end(ServerMessage last, Failure why) {
            send(knowsClose ? last : ServerMessage.denied(why));
        }

        @Override
        public boolean isWritable() {
            return out.isWritable();
        }
    }

    /// The only document of a socket, in y-websocket framing. Messages without an equivalent are
    /// not sent, and the end of the document closes the socket.
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
        public void end(ServerMessage last, Failure why) {
            send(last);
            out.close(codeOf(why), why.wireName());
        }

        @Override
        public boolean isWritable() {
            return out.isWritable();
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

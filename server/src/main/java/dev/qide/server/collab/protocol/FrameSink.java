package dev.qide.server.collab.protocol;

import dev.qide.server.collab.FrameSender;
import dev.qide.wire.Failure;
import java.util.EnumSet;
import java.util.Set;

/// Sends messages about one document to one client in the client's framing. No method blocks.
/// Thread-safe.
public sealed interface FrameSink {
    /// The WebSocket close code after which a client connects again (RFC 6455 registry, "try again
    /// later").
    int CLOSE_TRY_LATER = 1013;

    /// Failures after which a document can be opened again, if the client joins it again.
    Set<Failure> TEMPORARY =
            Set.copyOf(
                    EnumSet.of(
                            Failure.DOCUMENT_UNAVAILABLE,
                            Failure.SERVER_STOPPING,
                            Failure.STORE_UNAVAILABLE,
                            Failure.TOO_MANY_REQUESTS,
                            Failure.WORKSPACE_ELSEWHERE,
                            Failure.WORKSPACE_FILES_UNAVAILABLE,
                            Failure.WORKSPACE_MOVED));

    /// Queues a message about this document. Does not block.
    void send(ServerMessage frame);

    /// Sends the last message about this document to this client.
    ///
    /// @param last a denial or a CLOSE
    void end(ServerMessage last, Failure why);

    /// Whether the socket accepts further deferrable frames.
    boolean isWritable();

    /// Whether [#end] would end other documents too.
    boolean closesOtherDocuments(Failure why);

    /// Closes a socket that carries only documents, on a temporary failure, so that a stock
    /// provider reconnects. After a refusal it would not: no version rejoins a document by itself,
    /// and version 2 never reconnects.
    ///
    /// @return whether the socket is closed, so that nothing else may be sent
    static boolean isClosedFor(Failure why, FrameSender out) {
        boolean isTemporary = isTemporary(why, out);
        if (isTemporary) {
            out.close(CLOSE_TRY_LATER, why.wireName());
        }
        return isTemporary;
    }

    private static boolean isTemporary(Failure why, FrameSender out) {
        return TEMPORARY.contains(why) && out.isDocumentsOnly();
    }

    /// One of many documents on a socket, in Hocuspocus framing. Its end leaves the socket open,
    /// except for [#isClosedFor]. Content refused with `TOO_MANY_REQUESTS` ends only the document:
    /// the client would resend it on each connection, which would interrupt its other documents
    /// every second.
    ///
    /// @param knowsClose whether the provider supports CLOSE; an earlier one gets a denial instead
    record Addressed(DocumentAddress documentAddress, boolean knowsClose, FrameSender out)
            implements FrameSink {
        @Override
        public void send(ServerMessage frame) {
            out.frame(frame.at(documentAddress));
        }

        @Override
        public void end(ServerMessage last, Failure why) {
            if (why == Failure.TOO_MANY_REQUESTS || !isClosedFor(why, out)) {
                send(knowsClose ? last : ServerMessage.denied(why));
            }
        }

        @Override
        public boolean isWritable() {
            return out.isWritable();
        }

        @Override
        public boolean closesOtherDocuments(Failure why) {
            return why != Failure.TOO_MANY_REQUESTS && isTemporary(why, out);
        }
    }

    /// The only document of a socket, in y-websocket framing. Messages without an equivalent are
    /// not sent, and the end of the document closes the socket.
    record Plain(FrameSender out) implements FrameSink {
        private static final int CLOSE_REPLACED = 4205;
        private static final int CLOSE_UNAUTHENTICATED = 4401;
        private static final int CLOSE_FORBIDDEN = 4403;
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

        /// The socket has no others.
        @Override
        public boolean closesOtherDocuments(Failure why) {
            return false;
        }

        private static int codeOf(Failure why) {
            if (TEMPORARY.contains(why)) {
                return CLOSE_TRY_LATER;
            }
            return switch (why) {
                case UNAUTHENTICATED -> CLOSE_UNAUTHENTICATED;
                case FORBIDDEN -> CLOSE_FORBIDDEN;
                case DOCUMENT_REPLACED -> CLOSE_REPLACED;
                case TOO_MANY_DOCUMENTS -> CLOSE_TRY_LATER;
                default -> CLOSE_REFUSED;
            };
        }
    }
}

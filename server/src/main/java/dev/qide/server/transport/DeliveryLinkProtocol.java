package dev.qide.server.transport;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The protocol of delivery links. A delivery link is a WebSocket from the server that forwards
/// sockets to the server that serves them; a frame for several forwarded sockets comes over it once
/// (see [Delivery]).
///
/// The forwarding server opens the link with a random id and names the id and a channel in each
/// handshake that it forwards. A server that does not know links refuses the handshake of the link
/// and ignores the header of the others; it then serves the sockets without a link.
public final class DeliveryLinkProtocol {
    /// The path at which a server accepts links, only from other servers.
    public static final String PATH = "/nodes/link";

    /// Offered and echoed as subprotocol: a server that only knows another version refuses.
    public static final String VERSION = "qide.link.1";

    /// `ID` in the handshake of a link, `ID CHANNEL` in that of a forwarded socket; in lower case.
    public static final String HEADER = "qide-link";

    /// The first byte of a marker among the frames of a forwarded socket: a binary frame with a
    /// reserved bit. The eight bytes after the head are the number of deliveries that precede the
    /// frames that follow. The forwarding server removes it.
    public static final byte MARKER = (byte) 0xc2;

    /// The length of a marker: the first byte, the payload's length, and the number of deliveries.
    public static final int MARKER_BYTES = 10;

    private static final int FEEDBACK_BYTES = 5;

    private DeliveryLinkProtocol() {}

    /// The channel of a forwarded socket.
    public record Channel(String link, int number) {
        /// Null when the header names none.
        public static @Nullable Channel parse(@Nullable String header) {
            int space = header == null ? -1 : header.indexOf(' ');
            if (header == null || space < 1 || !header.matches("\\S+ [0-9]{1,9}")) {
                return null;
            }
            return new Channel(
                    header.substring(0, space),
                    Integer.parseInt(header, space + 1, header.length(), 10));
        }

        @Override
        public String toString() {
            return link + " " + number;
        }
    }

    /// The marker's bytes.
    public static byte[] marker(long deliveries) {
        return ByteBuffer.allocate(MARKER_BYTES)
                .put(MARKER)
                .put((byte) (MARKER_BYTES - 2))
                .putLong(deliveries)
                .array();
    }

    /// A message of the forwarding server: whether a channel takes further deliveries.
    public record Feedback(int channel, boolean isFull) {
        /// Five bytes: 1 if the channel is full, else 0; then the channel, big-endian.
        public byte[] encode() {
            return ByteBuffer.allocate(FEEDBACK_BYTES)
                    .put((byte) (isFull ? 1 : 0))
                    .putInt(channel)
                    .array();
        }

        /// @throws IllegalArgumentException when the message is malformed
        public static Feedback decode(byte[] message) {
            if (message.length != FEEDBACK_BYTES) {
                throw new IllegalArgumentException("a malformed message of a delivery link");
            }
            return new Feedback(
                    ByteBuffer.wrap(message, 1, Integer.BYTES).getInt(), message[0] != 0);
        }
    }
}

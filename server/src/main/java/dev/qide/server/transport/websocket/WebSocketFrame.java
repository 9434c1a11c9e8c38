package dev.qide.server.transport.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A finished frame of the server (RFC 6455, section 5.2): unmasked, never fragmented. Or two of
/// them, a text and a binary one, between which no other may be sent.
///
/// @param head the header, of 2 to 10 bytes; of two frames, the first one and the second header
/// @param payload shared with other sockets: never changed
record WebSocketFrame(byte[] head, byte[] payload) {
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int CLOSE_REASON_BYTES = 123;

    /// A text frame. Lone surrogates, which UTF-8 cannot encode, become `?`.
    static WebSocketFrame text(String message) {
        return of(TEXT, message.getBytes(StandardCharsets.UTF_8));
    }

    static WebSocketFrame binary(byte[] message) {
        return of(BINARY, message);
    }

    /// A text frame and the binary frame after it, sent as one of kind `TEXT`.
    static WebSocketFrame pair(String text, byte[] binary) {
        var first = text(text);
        var second = binary(binary);
        var head =
                ByteBuffer.allocate(first.head.length + first.payload.length + second.head.length)
                        .put(first.head)
                        .put(first.payload)
                        .put(second.head);
        return new WebSocketFrame(head.array(), second.payload);
    }

    static WebSocketFrame ping() {
        return of(PING, new byte[0]);
    }

    /// @param reason cut to the 123 bytes that fit
    static WebSocketFrame close(int code, String reason) {
        var utf8 = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(utf8.length, CLOSE_REASON_BYTES);
        while (length < utf8.length && length > 0 && (utf8[length] & 0xc0) == 0x80) {
            length--;
        }
        var payload = ByteBuffer.allocate(2 + length).putShort((short) code).put(utf8, 0, length);
        return of(CLOSE, payload.array());
    }

    /// A frame that the engine has finished: a pong, or the reply to a close.
    static WebSocketFrame finished(ByteBuffer frame) {
        var bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return new WebSocketFrame(bytes, new byte[0]);
    }

    long bytes() {
        return (long) head.length + payload.length;
    }

    /// The whole frame.
    byte[] toBytes() {
        return ByteBuffer.allocate(head.length + payload.length).put(head).put(payload).array();
    }

    boolean isClose() {
        return kind() == Kind.CLOSE;
    }

    Kind kind() {
        return switch (head[0] & 0x0f) {
            case TEXT -> Kind.TEXT;
            case BINARY -> Kind.BINARY;
            case CLOSE -> Kind.CLOSE;
            default -> Kind.CONTROL;
        };
    }

    /// The kind of a frame, which determines the order of sending.
    enum Kind {
        TEXT,
        BINARY,
        /// A ping or a pong.
        CONTROL,
        CLOSE
    }

    private static WebSocketFrame of(int opcode, byte[] payload) {
        byte first = (byte) (0x80 | opcode);
        int length = payload.length;
        if (length < 126) {
            return new WebSocketFrame(new byte[] {first, (byte) length}, payload);
        }
        if (length <= 0xffff) {
            return new WebSocketFrame(
                    new byte[] {first, 126, (byte) (length >>> 8), (byte) length}, payload);
        }
        var head = ByteBuffer.allocate(10).put(first).put((byte) 127).putLong(length);
        return new WebSocketFrame(head.array(), payload);
    }
}

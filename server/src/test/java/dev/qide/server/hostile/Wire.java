package dev.qide.server.hostile;

import dev.qide.yjs.Lib0Encoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/// The bytes that clients send: HTTP, WebSocket (RFC 6455) and Hocuspocus frames.
final class Wire {
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;
    static final int SYNC = 0;
    static final int AWARENESS = 1;
    static final int AUTH = 2;
    static final int STEP_1 = 0;
    static final int STEP_2 = 1;
    static final int UPDATE = 2;
    private static final int FIN = 0x80;
    private static final int HEAD_BYTES = 14;

    /// A request without a body; the connection ends with the answer.
    static byte[] request(String method, String path, String token, String... headers) {
        return head(method, path, token, "Connection: close", headers);
    }

    /// A request on a persistent connection.
    static byte[] staying(String method, String path, String token, String... headers) {
        return head(method, path, token, "Connection: keep-alive", headers);
    }

    static byte[] handshake(String path, String token) {
        return head(
                "GET",
                path,
                token,
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }

    /// A complete message, masked with zeros, which is legal and costs nothing.
    static byte[] frame(int opcode, byte[] payload) {
        var bytes = ByteBuffer.allocate(payload.length + HEAD_BYTES);
        bytes.put((byte) (FIN | opcode));
        if (payload.length < 126) {
            bytes.put((byte) (FIN | payload.length));
        } else if (payload.length <= 0xffff) {
            bytes.put((byte) (FIN | 126)).putShort((short) payload.length);
        } else {
            bytes.put((byte) (FIN | 127)).putLong(payload.length);
        }
        bytes.putInt(0).put(payload);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    static byte[] text(String message) {
        return frame(TEXT, message.getBytes(StandardCharsets.UTF_8));
    }

    /// A Hocuspocus message about a document.
    static byte[] collab(String path, int type, UnaryOperator<Lib0Encoder> body) {
        var message = new Lib0Encoder().writeVarString(path).writeVarUint(type);
        return frame(BINARY, body.apply(message).toBytes());
    }

    static byte[] auth(String path, String token) {
        return collab(
                path,
                AUTH,
                body -> body.writeVarUint(0).writeVarString(token).writeVarString("4.8.0"));
    }

    static byte[] sync(String path, int step, byte[] content) {
        return collab(path, SYNC, body -> body.writeVarUint(step).writeVarBytes(content));
    }

    /// An update that appends text to its author's earlier text.
    ///
    /// Source: the update format v1 of Yjs: one client, one string item, no deletions.
    static byte[] typed(long client, long clock, String text) {
        var update = new Lib0Encoder().writeVarUint(1).writeVarUint(1);
        update.writeVarUint(client).writeVarUint(clock);
        if (clock == 0) {
            update.writeByte(0x04).writeVarUint(1).writeVarString("content");
        } else {
            update.writeByte(0x84).writeVarUint(client).writeVarUint(clock - 1);
        }
        return update.writeVarString(text).writeVarUint(0).toBytes();
    }

    private static byte[] head(
            String method, String path, String token, String connection, String... headers) {
        var text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        text.append(connection).append("\r\n");
        if (!token.isEmpty()) {
            text.append("Authorization: Bearer ").append(token).append("\r\n");
        }
        for (var header : headers) {
            text.append(header).append("\r\n");
        }
        return text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private Wire() {}
}

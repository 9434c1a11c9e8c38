package dev.qide.server.hostile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A WebSocket client on a [TcpConnection]: performs the handshake, parses messages, answers pings.
/// Belongs to the loop's thread.
abstract class NonBlockingWebSocketClient implements TcpConnection.Client {
    private static final int PLAIN = 126;

    private final byte[] handshake;
    private @Nullable TcpConnection tcpConnection;
    private byte[] input = new byte[4 << 10];
    private int filled;
    private boolean isOpen;

    NonBlockingWebSocketClient(String path, String token) {
        handshake = Wire.handshake(path, token);
    }

    /// The handshake was accepted.
    abstract void opened();

    /// A complete message, or a close with its payload.
    abstract void message(int opcode, byte[] payload);

    /// The handshake was refused.
    void refused(String head) {
        reset();
    }

    final void send(byte[] frame) {
        if (tcpConnection != null) {
            tcpConnection.send(frame);
        }
    }

    final long waitingBytes() {
        return tcpConnection == null ? 0 : tcpConnection.waitingBytes();
    }

    final boolean isOpen() {
        return isOpen && tcpConnection != null && tcpConnection.isOpen();
    }

    /// The loop; available once it is connected.
    final EventLoop loop() {
        if (tcpConnection == null) {
            throw new IllegalStateException("not connected yet");
        }
        return tcpConnection.loop();
    }

    final void reset() {
        if (tcpConnection != null) {
            tcpConnection.reset();
        }
    }

    @Override
    public final void connected(TcpConnection itsLine) {
        tcpConnection = itsLine;
        tcpConnection.send(handshake);
    }

    @Override
    public final void received(ByteBuffer bytes) {
        int more = bytes.remaining();
        if (filled + more > input.length) {
            input = Arrays.copyOf(input, Math.max(2 * input.length, filled + more));
        }
        bytes.get(input, filled, more);
        filled += more;
        int used = isOpen ? frames(0) : head();
        System.arraycopy(input, used, input, 0, filled - used);
        filled -= used;
    }

    private int head() {
        var text = new String(input, 0, filled, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return 0;
        }
        if (!text.startsWith("HTTP/1.1 101 ")) {
            refused(text);
            return filled;
        }
        isOpen = true;
        opened();
        return frames(end + 4);
    }

    private int frames(int from) {
        int at = from;
        while (filled - at >= 2) {
            long length = input[at + 1] & 0x7f;
            int head = length < PLAIN ? 2 : length == PLAIN ? 4 : 10;
            if (filled - at < head) {
                break;
            }
            var numbers = ByteBuffer.wrap(input, at + 2, head - 2);
            if (head > 2) {
                length = head == 4 ? numbers.getShort() & 0xffff : numbers.getLong();
            }
            if (filled - at < head + length) {
                break;
            }
            int begin = at + head;
            at = Math.toIntExact(begin + length);
            take(input[begin - head] & 0x0f, Arrays.copyOfRange(input, begin, at));
        }
        return at;
    }

    private void take(int opcode, byte[] payload) {
        if (opcode == Wire.PING) {
            send(Wire.frame(Wire.PONG, payload));
        } else if (opcode != Wire.PONG) {
            message(opcode, payload);
        }
    }
}

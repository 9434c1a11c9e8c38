package dev.qide.server.hostile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;

/// Creates hostile clients of HTTP and of raw connections.
final class HttpClients {
    private final AttackCounts attackCounts;

    HttpClients(AttackCounts attackCounts) {
        this.attackCounts = attackCounts;
    }

    /// Sends these bytes, then reads.
    TcpConnection.Client saying(String attack, Supplier<byte[]> words) {
        return new RequestClient(attack) {
            @Override
            public void connected(TcpConnection tcpConnection) {
                tcpConnection.send(words.get());
            }
        };
    }

    /// Sends the beginning at once, and the rest in small steps.
    TcpConnection.Client trickling(
            String attack, byte[] head, byte[] rest, int step, Duration period) {
        return new RequestClient(attack) {
            @Override
            public void connected(TcpConnection tcpConnection) {
                tcpConnection.send(head);
                tcpConnection.trickle(rest, 0, step, period);
            }
        };
    }

    private abstract class RequestClient implements TcpConnection.Client {
        private static final int STATUS_END = 12;
        private final String attack;
        private String status = "";

        RequestClient(String attack) {
            this.attack = attack;
        }

        @Override
        public void received(ByteBuffer bytes) {
            attackCounts.look(bytes);
            if (status.isEmpty() && bytes.remaining() >= STATUS_END) {
                var head = new byte[STATUS_END];
                bytes.get(bytes.position(), head);
                status = new String(head, StandardCharsets.ISO_8859_1).substring(9);
            }
        }

        @Override
        public void ended() {
            attackCounts.ended(attack, status.isEmpty() ? "unanswered" : status);
        }
    }
}

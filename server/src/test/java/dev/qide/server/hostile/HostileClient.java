package dev.qide.server.hostile;

import java.time.Duration;

/// A WebSocket client of an attack. It searches its input for the secret, and counts how it ended.
abstract class HostileClient extends NonBlockingWebSocketClient {
    /// A flood pauses while the server reads nothing: it would only cost the client's memory.
    private static final int UNSENT_BYTES = 256 << 10;

    private final AttackCounts attackCounts;
    private final String attack;
    private String how = "cut";

    HostileClient(AttackCounts attackCounts, String attack, String path, String token) {
        super(path, token);
        this.attackCounts = attackCounts;
        this.attack = attack;
    }

    /// Repeats a step as long as the connection lasts.
    final void every(Duration period, Runnable step) {
        if (isOpen()) {
            if (waitingBytes() < UNSENT_BYTES) {
                step.run();
            }
            loop().after(period, () -> every(period, step));
        }
    }

    /// A message other than a close.
    void answered(int opcode, byte[] payload) {}

    @Override
    final void message(int opcode, byte[] payload) {
        attackCounts.look(payload);
        if (opcode == Wire.CLOSE) {
            int code = payload.length < 2 ? 0 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
            how = "closed " + code;
            reset();
        } else {
            answered(opcode, payload);
        }
    }

    @Override
    final void refused(String head) {
        how = "refused " + head.substring(9, 12);
        super.refused(head);
    }

    @Override
    public void ended() {
        attackCounts.ended(attack, how);
    }
}

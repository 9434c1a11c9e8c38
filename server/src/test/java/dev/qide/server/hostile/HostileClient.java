package dev.qide.server.hostile;

import java.time.Duration;

/// A WebSocket client of an attack: what it is answered is looked through for the secret, and how
/// it ended is counted.
abstract class HostileClient extends WebSocketClient {
    /// A flood waits while the server takes nothing: what it would cost is the client's memory.
    private static final int UNSENT_BYTES = 256 << 10;

    private final AttackCounts attackCounts;
    private final String attack;
    private String how = "cut";

    HostileClient(AttackCounts attackCounts, String attack, String path, String token) {
        super(path, token);
        this.attackCounts = attackCounts;
        this.attack = attack;
    }

    /// Runs a step now and again, as long as the connection lasts.
    final void every(Duration period, Runnable step) {
        if (isOpen()) {
            if (waitingBytes() < UNSENT_BYTES) {
                step.run();
            }
            loop().after(period, () -> every(period, step));
        }
    }

    /// A message that is no close.
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

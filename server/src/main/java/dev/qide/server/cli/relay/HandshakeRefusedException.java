package dev.qide.server.cli.relay;

import java.io.IOException;

/// A server has answered a handshake with another status than 101.
final class HandshakeRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    private final int status;

    HandshakeRefusedException(int status) {
        super("the answer is " + status);
        this.status = status;
    }

    int status() {
        return status;
    }
}

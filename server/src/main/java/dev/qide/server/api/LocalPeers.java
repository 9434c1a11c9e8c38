package dev.qide.server.api;

import dev.qide.server.transport.RequestHead;

/// Tells who asks from this very machine and needs no credential to observe. Thread-safe.
final class LocalPeers {
    private final Origins origins;

    LocalPeers(Origins origins) {
        this.origins = origins;
    }

    /// Whether the direct peer is on this machine, speaks for itself and not for somebody behind a
    /// proxy, and means this server by its name: a page in a browser of this machine may be from
    /// anywhere, its name rebound to a loopback address.
    boolean isOne(RequestHead head) {
        var address = head.remoteAddress();
        boolean isLoopback =
                address.startsWith("127.")
                        || address.equals("::1")
                        || address.equals("0:0:0:0:0:0:0:1");
        return isLoopback
                && origins.isOurs(head.header("Host"))
                && head.header("Forwarded") == null
                && head.header("X-Forwarded-For") == null
                && head.header("X-Real-IP") == null
                && head.header("Via") == null;
    }
}

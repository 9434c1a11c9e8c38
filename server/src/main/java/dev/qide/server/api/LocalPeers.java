package dev.qide.server.api;

import dev.qide.server.transport.RequestHead;

/// Recognises requests from this machine, which need no credential to observe. Thread-safe.
final class LocalPeers {
    private final Origins origins;

    LocalPeers(Origins origins) {
        this.origins = origins;
    }

    /// Whether the direct peer is on this machine, is not a proxy, and addresses this server by its
    /// own name. The name matters because a browser on this machine may show a foreign page whose
    /// name was rebound to a loopback address (DNS rebinding).
    boolean isLocal(RequestHead head) {
        var address = head.remoteAddress();
        boolean isLoopback =
                address.startsWith("127.")
                        || address.equals("::1")
                        || address.equals("0:0:0:0:0:0:0:1");
        return isLoopback
                && !head.isForwarded()
                && origins.isOwnHost(head.header("Host"))
                && head.header("Forwarded") == null
                && head.header("X-Forwarded-For") == null
                && head.header("X-Real-IP") == null
                && head.header("Via") == null;
    }
}

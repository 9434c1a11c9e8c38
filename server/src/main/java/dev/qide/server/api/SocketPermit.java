package dev.qide.server.api;

import dev.qide.server.identity.Principal;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.transport.WebSocketHandler;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A socket's permit among the sockets that one person may have open, held from its login to its
/// end. Used by the socket's reader thread.
final class SocketPermit {
    private final PerPrincipalLimit limit;
    private PerPrincipalLimit.@Nullable Permit permit;
    private boolean hasLogin;

    /// @param limit the sockets of one person
    SocketPermit(PerPrincipalLimit limit) {
        this.limit = limit;
    }

    /// Counts the socket for its person, once.
    ///
    /// @return false when the person has as many open sockets as a person may have
    boolean begin(Principal principal) {
        if (permit == null) {
            permit = limit.tryAcquire(principal.key());
        }
        return permit != null;
    }

    /// Whether this is the first call: that of the first login.
    boolean isFirstLogin() {
        boolean isFirst = !hasLogin;
        hasLogin = true;
        return isFirst;
    }

    /// Opens a socket that is counted until it has ended, or until it fails to open.
    WebSocketHandler.Receiver of(Supplier<WebSocketHandler.Receiver> opening) {
        boolean isOpen = false;
        try {
            var receiver = new Counted(opening.get());
            isOpen = true;
            return receiver;
        } finally {
            if (!isOpen) {
                end();
            }
        }
    }

    private void end() {
        var held = permit;
        if (held != null) {
            held.close();
        }
    }

    private final class Counted implements WebSocketHandler.Receiver {
        private final WebSocketHandler.Receiver receiver;

        Counted(WebSocketHandler.Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void text(String message) {
            receiver.text(message);
        }

        @Override
        public void binary(byte[] message) {
            receiver.binary(message);
        }

        @Override
        public boolean isKnown() {
            return receiver.isKnown();
        }

        @Override
        public void closed(int code) {
            try {
                receiver.closed(code);
            } finally {
                end();
            }
        }
    }
}

package dev.qide.server.session;

import dev.qide.server.identity.Principal;
import dev.qide.wire.FailureException;

/// Counts and records the logins on a socket of an endpoint with in-band login.
@FunctionalInterface
public interface LoginListener {
    /// A principal that may read the socket's workspace logs in. The socket's reader thread calls
    /// it, before the login takes effect.
    ///
    /// @throws FailureException when the login is refused
    void loggingIn(Principal principal);
}

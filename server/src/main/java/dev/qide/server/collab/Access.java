package dev.qide.server.collab;

import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// Who may do what, asked anew whenever it matters. Implemented above `collab` on `identity`.
/// Thread-safe.
public interface Access {
    /// The person behind a socket that logged in at its handshake, or behind an in-band token.
    ///
    /// @param key stable id of the person (several sockets may share it)
    /// @param name what others see in presence
    record Member(String key, String name) {}

    /// Checks the token of a Hocuspocus Auth message on a socket.
    ///
    /// @param loggedIn who the handshake authenticated, or null on the endpoint that logs in
    ///   in-band
    /// @param token the token of the Auth message; empty is right for a socket that logged in at
    ///   its handshake
    /// @throws FailureException `UNAUTHENTICATED` when it is wrong or names somebody else
    Member login(@Nullable Member loggedIn, String token);

    /// Whether the member may read the workspace's documents at this moment.
    boolean canRead(Member member);

    /// Whether the member may change the workspace's documents at this moment.
    boolean canEdit(Member member);
}

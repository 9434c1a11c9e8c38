package dev.qide.server.collab;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The access rights of clients, checked again at every use. Implemented by `session` on top of
/// `identity`. Thread-safe.
public interface Access {
    /// The `reason` of [#tooManyCredentials].
    String CREDENTIALS_OF_A_SOCKET = "credentials-of-a-socket";

    /// The person behind a socket, authenticated at the handshake or by an in-band token.
    ///
    /// @param key stable id of the person; several sockets may share it
    /// @param name the name shown to others in presence
    record Member(String key, String name) {}

    /// Checks the token of a Hocuspocus Auth message.
    ///
    /// @param loggedIn the person whom the handshake authenticated, or null on the endpoint with
    ///   in-band login
    /// @param token the token of the Auth message; a socket that logged in at its handshake may
    ///   send an empty one
    /// @throws FailureException `UNAUTHENTICATED` when the token is wrong or belongs to somebody
    ///   else; [#tooManyCredentials]
    Member login(@Nullable Member loggedIn, String token);

    /// The failure of a login with more credentials than one socket may use. Retrying does not
    /// help: a client that reconnects logs in with all of them again.
    static FailureException tooManyCredentials() {
        return new FailureException(
                Failure.TOO_MANY_REQUESTS, Map.of("reason", CREDENTIALS_OF_A_SOCKET));
    }

    /// Whether a failure is [#tooManyCredentials].
    static boolean isTooManyCredentials(FailureException failure) {
        return failure.tags().containsValue(CREDENTIALS_OF_A_SOCKET);
    }

    /// The member under the name that others see now. Never waits.
    default Member current(Member member) {
        return member;
    }

    /// Whether the member may currently read the workspace's documents.
    boolean canRead(Member member);

    /// Whether the member may currently change the workspace's documents.
    boolean canEdit(Member member);
}

package dev.qide.server.doors;

import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Person;
import dev.qide.server.socket.Handshake;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds the credential that a request or handshake shows: `Authorization: Bearer`, the
/// subprotocols `qide` and `qide.bearer.TOKEN` offered together, or the cookie of a page whose
/// origin is admitted.
final class Credentials {
    static final String SUBPROTOCOL = "qide";
    private static final String BEARER_SUBPROTOCOL = "qide.bearer.";
    private static final String BEARER = "bearer ";

    private final Identity identity;
    private final Origins origins;

    Credentials(Identity identity, Origins origins) {
        this.identity = identity;
        this.origins = origins;
    }

    /// The person, or null when no credential is shown.
    ///
    /// @throws FailureException `UNAUTHENTICATED` for a wrong credential, `ORIGIN_REFUSED` for a
    ///   cookie from elsewhere
    @Nullable Person person(Handshake handshake) {
        var authorization = handshake.header("Authorization");
        if (authorization != null) {
            if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return known(identity.byToken(authorization.substring(BEARER.length()).strip()));
        }
        var offered = subprotocols(handshake);
        for (var protocol : offered) {
            if (protocol.startsWith(BEARER_SUBPROTOCOL) && offered.contains(SUBPROTOCOL)) {
                return known(identity.byToken(protocol.substring(BEARER_SUBPROTOCOL.length())));
            }
        }
        var cookie = Cookies.read(handshake.header("Cookie"));
        if (cookie == null) {
            return null;
        }
        if (!origins.admit(handshake.header("Origin"), handshake.header("Host"))) {
            throw new FailureException(Failure.ORIGIN_REFUSED);
        }
        return identity.byCookie(cookie);
    }

    /// The person.
    ///
    /// @throws FailureException as [#person(Handshake)], and `UNAUTHENTICATED` when no credential
    ///   is shown
    Person required(Handshake handshake) {
        return known(person(handshake));
    }

    /// The person of `?token=`, which never is logged, or of any other credential.
    ///
    /// @throws FailureException as [#required(Handshake)]
    Person requiredAtAddress(Handshake handshake) {
        var token = handshake.parameter("token");
        return token == null ? required(handshake) : known(identity.byToken(token));
    }

    /// The subprotocols that a handshake offers, split and trimmed.
    static List<String> subprotocols(Handshake handshake) {
        var header = handshake.header("Sec-WebSocket-Protocol");
        return header == null
                ? List.of()
                : Arrays.stream(header.split(",", -1)).map(String::strip).toList();
    }

    private static Person known(@Nullable Person person) {
        if (person == null) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        return person;
    }
}

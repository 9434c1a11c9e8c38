package dev.qide.server.api;

import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds the credential that a request or handshake shows: `Authorization: Bearer`, the
/// subprotocols `qide` and `qide.bearer.TOKEN` offered together, what a WebSocket endpoint takes
/// from the query, or the cookie of a page whose origin is admitted. The first that is there
/// decides.
///
/// A query may stand in logs of others, hence: a ticket passes once, and a token only where a stock
/// client knows no other way.
final class Credentials {
    static final String SUBPROTOCOL = "qide";
    private static final String BEARER_SUBPROTOCOL = "qide.bearer.";
    private static final String BEARER = "bearer ";

    private final Identity identity;
    private final Origins origins;

    /// What an endpoint takes from the query.
    enum FromQuery {
        /// Nothing: an endpoint of HTTP.
        NOTHING,
        /// `?ticket=`: a WebSocket endpoint.
        TICKET,
        /// `?ticket=` and `?token=`: a WebSocket endpoint for clients that can show a token in no
        /// other way.
        TICKET_AND_TOKEN
    }

    Credentials(Identity identity, Origins origins) {
        this.identity = identity;
        this.origins = origins;
    }

    /// The person, or null when no credential is shown.
    ///
    /// @throws FailureException `UNAUTHENTICATED` for a wrong credential, `ORIGIN_REFUSED` for a
    ///   cookie from elsewhere, `STORE_UNAVAILABLE` when an unknown one cannot be looked up
    @Nullable Principal principal(RequestHead head, FromQuery fromQuery) {
        var authorization = head.header("Authorization");
        if (authorization != null) {
            if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return known(identity.byToken(authorization.substring(BEARER.length()).strip()));
        }
        var offered = subprotocols(head);
        boolean isOurs = offered.contains(SUBPROTOCOL);
        for (var protocol : offered) {
            if (isOurs && protocol.startsWith(BEARER_SUBPROTOCOL)) {
                return known(identity.byToken(protocol.substring(BEARER_SUBPROTOCOL.length())));
            }
        }
        var inQuery = inQuery(head, fromQuery);
        return inQuery == null ? byCookie(head) : inQuery;
    }

    /// The person.
    ///
    /// @throws FailureException as [#principal], and `UNAUTHENTICATED` when no credential is shown
    Principal required(RequestHead head, FromQuery fromQuery) {
        return known(principal(head, fromQuery));
    }

    private @Nullable Principal inQuery(RequestHead head, FromQuery fromQuery) {
        if (fromQuery == FromQuery.NOTHING) {
            return null;
        }
        var ticket = head.parameter("ticket");
        if (ticket != null) {
            return known(identity.byTicket(ticket));
        }
        var token = fromQuery == FromQuery.TICKET_AND_TOKEN ? head.parameter("token") : null;
        return token == null ? null : known(identity.byToken(token));
    }

    private @Nullable Principal byCookie(RequestHead head) {
        var cookie = Cookies.read(head.header("Cookie"));
        if (cookie == null) {
            return null;
        }
        if (!origins.admit(head.header("Origin"), head.header("Host"))) {
            throw new FailureException(Failure.ORIGIN_REFUSED);
        }
        return identity.byCookie(cookie);
    }

    /// The subprotocols that a handshake offers, split and trimmed.
    static List<String> subprotocols(RequestHead head) {
        var header = head.header("Sec-WebSocket-Protocol");
        return header == null
                ? List.of()
                : Arrays.stream(header.split(",", -1)).map(String::strip).toList();
    }

    private static Principal known(@Nullable Principal principal) {
        if (principal == null) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        return principal;
    }
}

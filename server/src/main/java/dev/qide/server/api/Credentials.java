package dev.qide.server.api;

import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the credential of a request or a handshake. The first of these that is present decides:
/// `Authorization: Bearer`; `X-Api-Key` at the model APIs; `X-Oct-Jwt` below `/oct`; the
/// subprotocols `qide` and `qide.bearer.TOKEN`, offered together; a query parameter that the
/// endpoint accepts; the cookie of a page whose origin is admitted.
///
/// Other parties may log a query. So a ticket is valid once, and an endpoint accepts a token in the
/// query only if a stock client has no other way to send it. Thread-safe.
final class Credentials {
    static final String SUBPROTOCOL = "qide";
    private static final String BEARER_SUBPROTOCOL = "qide.bearer.";
    static final String CSRF_HEADER = "X-Qide-Csrf";
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");
    private static final String BEARER = "bearer ";

    /// The header in which clients of Anthropic's API may send their key.
    private static final String MODEL_APIS = "/v1/";

    private final Identity identity;
    private final Origins origins;

    /// The credentials that an endpoint accepts in the query.
    enum FromQuery {
        /// None: an HTTP endpoint.
        NOTHING,
        /// `?ticket=`: a WebSocket endpoint.
        TICKET,
        /// `?ticket=` and `?token=`: a WebSocket endpoint for clients that cannot send a token in
        /// another way.
        TICKET_AND_TOKEN
    }

    Credentials(Identity identity, Origins origins) {
        this.identity = identity;
        this.origins = origins;
    }

    /// The person, or null without a credential.
    ///
    /// @throws FailureException `UNAUTHENTICATED` for a wrong credential, `ORIGIN_REFUSED` for the
    ///   cookie of a foreign page, `STORE_UNAVAILABLE` when a credential cannot be looked up
    @Nullable Principal principal(RequestHead head, FromQuery fromQuery) {
        var authorization = head.header("Authorization");
        if (authorization != null) {
            if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return known(identity.byToken(authorization.substring(BEARER.length()).strip()));
        }
        var key = head.header("X-Api-Key");
        if (key != null && head.path().startsWith(MODEL_APIS)) {
            return known(identity.byToken(key.strip()));
        }
        var octToken = byOctToken(head);
        if (octToken != null) {
            return octToken;
        }
        var offered = subprotocols(head);
        boolean hasSubprotocol = offered.contains(SUBPROTOCOL);
        for (var protocol : offered) {
            if (hasSubprotocol && protocol.startsWith(BEARER_SUBPROTOCOL)) {
                return known(identity.byToken(protocol.substring(BEARER_SUBPROTOCOL.length())));
            }
        }
        var inQuery = inQuery(head, fromQuery);
        return inQuery == null ? byCookie(head) : inQuery;
    }

    /// The person.
    ///
    /// @throws FailureException as [#principal], and `UNAUTHENTICATED` without a credential
    Principal required(RequestHead head, FromQuery fromQuery) {
        return known(principal(head, fromQuery));
    }

    /// Makes the ticket of a refused handshake valid again, if the handshake was by ticket.
    void restoreTicket(RequestHead head, FromQuery fromQuery, Principal principal) {
        var ticket = head.parameter("ticket");
        boolean isByOther =
                head.header("Authorization") != null
                        || subprotocols(head).stream()
                                .anyMatch(offered -> offered.startsWith(BEARER_SUBPROTOCOL));
        if (ticket != null && fromQuery != FromQuery.NOTHING && !isByOther) {
            identity.restoreTicket(ticket, principal);
        }
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

    /// The person of the token that editors with Open Collaboration Tools send; null without one.
    ///
    /// @throws FailureException as [#principal]
    @Nullable Principal byOctToken(RequestHead head) {
        var token = head.header(OctEndpoints.TOKEN_HEADER);
        return token == null || !OctEndpoints.isBelow(head.path())
                ? null
                : known(identity.byToken(token.strip()));
    }

    /// The person of the login cookie, whatever other credential there is; null without one.
    ///
    /// @throws FailureException as [#principal]
    @Nullable Principal byCookieAlone(RequestHead head) {
        return byCookie(head);
    }

    /// Whether a request has anything that may be a credential.
    static boolean arePresent(RequestHead head) {
        return head.header("Authorization") != null
                || head.header("X-Api-Key") != null
                || Cookies.read(head.header("Cookie")) != null
                || head.parameter("ticket") != null
                || head.parameter("token") != null
                || subprotocols(head).stream()
                        .anyMatch(offered -> offered.startsWith(BEARER_SUBPROTOCOL));
    }

    /// The token that a page with the login cookie sends back in [#CSRF_HEADER]; null without that
    /// cookie, or if another credential decides.
    static @Nullable String csrfToken(RequestHead head) {
        var cookie = Cookies.read(head.header("Cookie"));
        return cookie == null || head.header("Authorization") != null
                ? null
                : Identity.csrfToken(cookie);
    }

    /// Requires the token of a request that changes something with the login cookie.
    ///
    /// @throws FailureException `CSRF_TOKEN_WRONG`
    static void requireCsrfToken(RequestHead head) {
        var token = csrfToken(head);
        if (token != null && !SAFE_METHODS.contains(head.method())) {
            var sent = head.header(CSRF_HEADER);
            if (sent == null
                    || !MessageDigest.isEqual(
                            sent.getBytes(StandardCharsets.UTF_8),
                            token.getBytes(StandardCharsets.UTF_8))) {
                throw new FailureException(Failure.CSRF_TOKEN_WRONG);
            }
        }
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

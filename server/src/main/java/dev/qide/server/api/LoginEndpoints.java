package dev.qide.server.api;

import dev.qide.server.audit.AuditEvent;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.LoginRequest;
import dev.qide.wire.Ticket;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.util.Objects;

/// `POST /api/login` exchanges a token for the login cookie, `POST /api/logout` ends the login,
/// `POST /api/ticket` issues a ticket for one WebSocket handshake.
final class LoginEndpoints {
    private static final int BODY_BYTES = 4 << 10;

    private final Identity identity;
    private final Origins origins;
    private final RateLimits rates;
    private final RequestAudit audit;

    LoginEndpoints(Identity identity, Origins origins, RateLimits rates, RequestAudit audit) {
        this.rates = rates;
        this.audit = audit;
        this.identity = identity;
        this.origins = origins;
    }

    Answer login(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        requireOrigin(exchange);
        var path = Cookies.path(head.header("X-Qide-Path"));
        var request = exchange.body(BODY_BYTES, LoginRequest.class);
        var secret = loggedIn(head, request.token());
        return Answer.empty(204)
                .withCookie(
                        Cookies.set(
                                secret, path, Identity.LOGIN_LIFETIME.toSeconds(), head.isSecure()))
                .with("Cache-Control", "no-store");
    }

    private String loggedIn(RequestHead head, String token) {
        try {
            var agent = Objects.requireNonNullElse(head.header("User-Agent"), "");
            var secret = identity.login(head.remoteAddress(), token, agent);
            var principal = identity.byToken(token);
            audit.login(
                    head, "login", "", principal == null ? null : principal.id(), AuditEvent.OK);
            return secret;
        } catch (FailureException failed) {
            if (failed.failure() == Failure.TOO_MANY_ATTEMPTS) {
                rates.refused(Limit.LOGIN_FAILURES);
            }
            audit.login(head, "login", "", null, failed.failure().wireName());
            throw failed;
        }
    }

    Answer logout(HttpEndpoints.Exchange exchange) {
        requireOrigin(exchange);
        var head = exchange.request().head();
        var cookie = Cookies.read(head.header("Cookie"));
        var principal = cookie == null ? null : identity.byCookie(cookie);
        if (cookie != null && principal != null) {
            Credentials.requireCsrfToken(head);
            identity.logout(CredentialId.ofSecret(cookie));
            audit.login(head, "logout", "", principal.id(), AuditEvent.OK);
        }
        var path = Cookies.path(head.header("X-Qide-Path"));
        return Answer.empty(204).withCookie(Cookies.set("", path, 0, head.isSecure()));
    }

    Answer ticket(HttpEndpoints.Exchange exchange) {
        var ticket =
                new Ticket(
                        identity.ticket(exchange.requiredPrincipal()),
                        (int) Identity.TICKET_LIFETIME.toSeconds());
        return Answer.json(200, WireJson.write(ticket)).with("Cache-Control", "no-store");
    }

    /// A page of another origin must not sign a person in or out, nor call tools.
    void requireOrigin(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        if (!origins.admit(head.header("Origin"), head.header("Host"))) {
            throw new FailureException(Failure.ORIGIN_REFUSED);
        }
    }
}

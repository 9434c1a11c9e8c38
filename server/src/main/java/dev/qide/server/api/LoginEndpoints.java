package dev.qide.server.api;

import dev.qide.server.identity.Identity;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.LoginRequest;
import dev.qide.wire.Ticket;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// `POST /api/login` exchanges a token for the login cookie, `POST /api/logout` ends the login,
/// `POST /api/ticket` issues a ticket for one WebSocket handshake.
final class LoginEndpoints {
    private static final int BODY_BYTES = 4 << 10;

    private final Identity identity;
    private final Origins origins;

    LoginEndpoints(Identity identity, Origins origins) {
        this.identity = identity;
        this.origins = origins;
    }

    Answer login(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        requireOrigin(exchange);
        var path = Cookies.path(head.header("X-Qide-Path"));
        var body = new String(exchange.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
        var request = WireJson.read(body, LoginRequest.class);
        var secret =
                identity.login(
                        head.remoteAddress(),
                        request.token(),
                        Objects.requireNonNullElse(head.header("User-Agent"), ""));
        return Answer.empty(204)
                .withCookie(
                        Cookies.set(
                                secret, path, Identity.LOGIN_LIFETIME.toSeconds(), head.isSecure()))
                .with("Cache-Control", "no-store");
    }

    Answer logout(HttpEndpoints.Exchange exchange) {
        requireOrigin(exchange);
        var head = exchange.request().head();
        var cookie = Cookies.read(head.header("Cookie"));
        if (cookie != null && identity.byCookie(cookie) != null) {
            Credentials.requireCsrfToken(head);
            identity.logout(cookie);
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

    /// A page of another origin must not sign a person in or out.
    private void requireOrigin(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        if (!origins.admit(head.header("Origin"), head.header("Host"))) {
            throw new FailureException(Failure.ORIGIN_REFUSED);
        }
    }
}

package dev.qide.server.doors;

import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Person;
import dev.qide.server.socket.HttpDoor.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.LoginRequest;
import dev.qide.wire.Me;
import dev.qide.wire.Ticket;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// `POST /api/login` changes a token for the cookie, `POST /api/logout` ends it, `GET /api/me`
/// tells who one is, `POST /api/ticket` gives a ticket for one WebSocket handshake.
final class LoginDoors {
    private static final int BODY_BYTES = 4 << 10;

    private final Identity identity;
    private final Origins origins;

    LoginDoors(Identity identity, Origins origins) {
        this.identity = identity;
        this.origins = origins;
    }

    Answer login(HttpDoors.Visit visit) throws IOException {
        var head = visit.request().head();
        requireOrigin(visit);
        var body = new String(visit.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
        var request = WireJson.read(body, LoginRequest.class);
        var secret = identity.login(head.remoteAddress(), request.token());
        return Answer.empty(204)
                .with(
                        "Set-Cookie",
                        Cookies.set(secret, Identity.LOGIN_LIFETIME.toSeconds(), head.isSecure()))
                .with("Cache-Control", "no-store");
    }

    Answer logout(HttpDoors.Visit visit) {
        requireOrigin(visit);
        var head = visit.request().head();
        var cookie = Cookies.read(head.header("Cookie"));
        if (cookie != null) {
            identity.logout(cookie);
        }
        return Answer.empty(204).with("Set-Cookie", Cookies.set("", 0, head.isSecure()));
    }

    Answer me(HttpDoors.Visit visit) {
        var person = visit.someone();
        return Answer.json(
                200,
                WireJson.write(
                        new Me(
                                person.id().value().toString(),
                                person.name(),
                                person.role().word(),
                                person.scopes().stream()
                                        .map(Person.Scope::word)
                                        .sorted()
                                        .toList())));
    }

    Answer ticket(HttpDoors.Visit visit) {
        var ticket =
                new Ticket(
                        identity.ticket(visit.someone()),
                        (int) Identity.TICKET_LIFETIME.toSeconds());
        return Answer.json(200, WireJson.write(ticket)).with("Cache-Control", "no-store");
    }

    /// A page of another origin must not sign a person in or out.
    private void requireOrigin(HttpDoors.Visit visit) {
        var head = visit.request().head();
        if (!origins.admit(head.header("Origin"), head.header("Host"))) {
            throw new FailureException(Failure.ORIGIN_REFUSED);
        }
    }
}

package dev.qide.server.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.server.audit.AuditEvent;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.oct.OctException;
import dev.qide.server.oct.OctFailure;
import dev.qide.server.oct.PendingLogins;
import dev.qide.server.oct.PendingLogins.Client;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.PercentEncoding;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The login of Open Collaboration Tools: an editor waits while its person pastes a token into it,
/// or allows it on a page of the browser. The page gives the editor a personal token of its own,
/// which the person finds, and can revoke, under the name `Open Collaboration Tools`.
///
/// `qide login` does the same with `?client=command-line`; its token has the name `qide login`.
final class OctLoginEndpoints {
    private static final int BODY_BYTES = 4 << 10;
    private static final Duration POLL_WAIT = Duration.ofSeconds(20);

    private final PendingLogins pending;
    private final Identity identity;
    private final Credentials credentials;
    private final AccountEndpoints account;
    private final Context context;

    /// @param folder the path of the public URL, with a slash at both ends
    record Context(RateLimits rates, RequestAudit audit, String folder) {}

    OctLoginEndpoints(
            PendingLogins pending,
            Identity identity,
            Credentials credentials,
            AccountEndpoints account,
            Context context) {
        this.pending = pending;
        this.identity = identity;
        this.credentials = credentials;
        this.account = account;
        this.context = context;
    }

    Answer begin(HttpEndpoints.Exchange exchange) {
        context.rates().require(Limit.LOGINS, exchange.request().head().remoteAddress());
        var begun = pending.begin(client(exchange.request().head().parameter("client")));
        var providers = new JsonArray();
        providers.add(provider("web", "browser", "login", "Log in with the browser"));
        var form = provider("form", "token", "api/login/token", "Use a token of Q-IDE");
        var field = new JsonObject();
        field.addProperty("name", "accessToken");
        field.addProperty("required", true);
        field.add("label", OctEndpoints.infoJson("QideToken", "Token of Q-IDE, with scope edit"));
        var fields = new JsonArray();
        fields.add(field);
        form.add("fields", fields);
        providers.add(form);
        var auth = new JsonObject();
        auth.addProperty("loginPageUrl", "/login?token=" + begun.page());
        auth.add("providers", providers);
        auth.addProperty("defaultSuccessUrl", "");
        var json = new JsonObject();
        json.addProperty("pollToken", begun.id());
        json.add("auth", auth);
        return Answer.json(200, json.toString());
    }

    private static Client client(@Nullable String word) {
        return switch (word) {
            case null -> Client.EDITOR;
            case "command-line" -> Client.COMMAND_LINE;
            default -> throw new OctException(OctFailure.REQUEST_MALFORMED);
        };
    }

    /// The name of the personal token.
    private static String tokenName(Client client) {
        return switch (client) {
            case EDITOR -> "Open Collaboration Tools";
            case COMMAND_LINE -> "qide login";
        };
    }

    /// @param endpoint without a slash at its beginning: Theia would send two
    private static JsonObject provider(String type, String name, String endpoint, String label) {
        var json = new JsonObject();
        json.addProperty("type", type);
        json.addProperty("name", name);
        json.addProperty("endpoint", endpoint);
        json.add("label", OctEndpoints.infoJson("QideLogin-" + name, label));
        json.add("group", OctEndpoints.infoJson("QideLogins", "Q-IDE"));
        return json;
    }

    /// 204 when the person has not logged in within the wait; the editor polls again.
    Answer poll(HttpEndpoints.Exchange exchange) throws InterruptedException {
        var token = pending.await(exchange.variable("token"), POLL_WAIT);
        if (token == null) {
            return Answer.empty(204);
        }
        var json = new JsonObject();
        json.addProperty("loginToken", token);
        return Answer.json(200, json.toString());
    }

    /// `{"token":LOGIN,"accessToken":…}`: the editor keeps the token that its person pasted.
    Answer byToken(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        var body = new String(exchange.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
        var login = member(body, "token");
        var token = member(body, "accessToken").strip();
        if (login.isEmpty() || token.isEmpty()) {
            throw new OctException(OctFailure.REQUEST_MALFORMED);
        }
        try {
            var person = identity.typed(head.remoteAddress(), token);
            var client = pending.claim(login);
            if (client == Client.COMMAND_LINE) {
                pending.release(login);
            }
            if (client != Client.EDITOR) {
                // The command line takes a token itself.
                throw new OctException(OctFailure.LOGIN_UNKNOWN);
            }
            pending.complete(login, token);
            audit(head, Client.EDITOR, person, AuditEvent.OK);
            return Answer.json(200, "{}");
        } catch (FailureException failed) {
            audit(head, Client.EDITOR, null, failed.failure().wireName());
            throw failed;
        }
    }

    Answer validate(HttpEndpoints.Exchange exchange) {
        boolean isValid;
        try {
            isValid = credentials.byOctToken(exchange.request().head()) != null;
        } catch (FailureException _) {
            isValid = false;
        }
        return Answer.json(200, "{\"valid\":" + isValid + "}");
    }

    /// The page on which a person allows a client to log in.
    Answer page(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var login = Objects.requireNonNullElse(head.parameter("token"), "");
        var client = pending.client(login);
        if (client == null) {
            return OctPages.failure(OctFailure.LOGIN_UNKNOWN.status(), sentenceOfUnknown());
        }
        var person = credentials.byCookieAlone(head);
        return person == null
                ? OctPages.logInFirst(context.folder(), login)
                : OctPages.question(client, person.name(), login, csrf(head));
    }

    Answer allow(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        var form = new String(exchange.request().bodyBytes(BODY_BYTES), StandardCharsets.UTF_8);
        var person = credentials.byCookieAlone(head);
        var login = field(form, "token");
        if (person == null || !isEqual(field(form, "csrf"), csrf(head))) {
            return OctPages.logInFirst(context.folder(), login);
        }
        // Before there is a token: of two clicks, one creates it.
        var client = pending.claim(login);
        if (client == null) {
            return OctPages.failure(OctFailure.LOGIN_UNKNOWN.status(), sentenceOfUnknown());
        }
        try {
            var scope = person.has(Scope.EDIT) ? Scope.EDIT : Scope.READ;
            pending.complete(login, account.newToken(person, tokenName(client), Set.of(scope)));
            audit(head, client, person, AuditEvent.OK);
            return OctPages.done(client, tokenName(client));
        } catch (OctException _) {
            return OctPages.failure(OctFailure.LOGIN_UNKNOWN.status(), sentenceOfUnknown());
        } catch (FailureException failed) {
            audit(head, client, person, failed.failure().wireName());
            return OctPages.failure(failed.failure().httpStatus(), failed.failure().sentence());
        } finally {
            pending.release(login);
        }
    }

    private static String sentenceOfUnknown() {
        return OctFailure.LOGIN_UNKNOWN.sentence();
    }

    private void audit(RequestHead head, Client client, @Nullable Principal person, String result) {
        context.audit()
                .login(
                        head,
                        "login",
                        client == Client.EDITOR ? "open-collaboration-tools" : "command-line",
                        person == null ? null : person.id(),
                        result);
    }

    private static String csrf(RequestHead head) {
        return Identity.csrfToken(
                Objects.requireNonNullElse(Cookies.read(head.header("Cookie")), ""));
    }

    private static boolean isEqual(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    /// A string member of a JSON object; empty for none.
    private static String member(String json, String name) {
        try {
            var value = JsonParser.parseString(json).getAsJsonObject().get(name);
            return value == null ? "" : value.getAsString();
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException _) {
            throw new OctException(OctFailure.REQUEST_MALFORMED);
        }
    }

    /// A field of a form, `application/x-www-form-urlencoded`; empty for none.
    private static String field(String form, String name) {
        for (var pair : form.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).equals(name)) {
                return PercentEncoding.decode(pair.substring(equals + 1).replace('+', ' '));
            }
        }
        return "";
    }
}

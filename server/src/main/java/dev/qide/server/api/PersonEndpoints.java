package dev.qide.server.api;

import dev.qide.server.api.http.EntityTags;
import dev.qide.server.files.Precondition;
import dev.qide.server.identity.DisplayName;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.PersonalSettings;
import dev.qide.server.identity.Principal;
import dev.qide.server.session.Sessions;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.wire.Me;
import dev.qide.wire.Methods;
import dev.qide.wire.NewName;
import dev.qide.wire.SettingChangedParams;
import dev.qide.wire.SettingList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The HTTP endpoints below `/api/me`: the caller's identity, name, and editor settings.
public final class PersonEndpoints {
    private static final int BODY_BYTES = 8 << 10;

    private final Identity identity;
    private final PersonalSettings settings;
    private final Sessions sessions;
    private final AccountEndpoints account;
    private final AuditEndpoints audit;

    public PersonEndpoints(
            Identity identity,
            PersonalSettings settings,
            Sessions sessions,
            AccountEndpoints account,
            AuditEndpoints audit) {
        this.account = account;
        this.audit = audit;
        this.identity = identity;
        this.settings = settings;
        this.sessions = sessions;
    }

    /// The endpoints of the caller's tokens and sessions.
    AccountEndpoints account() {
        return account;
    }

    /// The endpoint of the audit log, for owners.
    AuditEndpoints audit() {
        return audit;
    }

    Answer me(HttpEndpoints.Exchange exchange) {
        var answer = me(exchange.requiredPrincipal(), exchange.requiredPrincipal().name());
        var csrfToken = Credentials.csrfToken(exchange.request().head());
        return csrfToken == null ? answer : answer.with(Credentials.CSRF_HEADER, csrfToken);
    }

    /// Changes the caller's name, for all of the caller's credentials and open sockets.
    Answer rename(HttpEndpoints.Exchange exchange) throws IOException {
        var principal = exchange.requiredPrincipal();
        var name = DisplayName.of(exchange.body(BODY_BYTES, NewName.class).name());
        identity.rename(principal.id(), name);
        return me(principal, name.value());
    }

    Answer settings(HttpEndpoints.Exchange exchange) {
        var all =
                settings.list(exchange.requiredPrincipal().id()).stream()
                        .map(one ->
                                new SettingList.Setting(one.name(), etag(one.hash()), one.bytes()))
                        .toList();
        return Answer.json(200, WireJson.write(new SettingList(all)));
    }

    /// The text, or 304 when `If-None-Match` names the current version.
    Answer setting(HttpEndpoints.Exchange exchange) throws InterruptedException {
        exchange.request().disconnectSignal().reserve(PersonalSettings.SETTING_BYTES);
        var found = settings.read(exchange.requiredPrincipal().id(), exchange.variable("name"));
        var etag = etag(found.hash());
        var head = exchange.request().head();
        boolean isKnown = EntityTags.match(head.header("If-None-Match"), etag);
        var content =
                isKnown
                        ? new Content.Bytes("", new byte[0])
                        : new Content.Bytes("text/plain; charset=utf-8", found.body());
        return new Answer(isKnown ? 304 : 200, Map.of("Cache-Control", "no-cache"), content)
                .with("ETag", etag);
    }

    /// 201 for a new setting, else 204, with the new ETag.
    Answer store(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        var expected =
                expected(Precondition.of(head.header("If-Match"), head.header("If-None-Match")));
        var name = exchange.variable("name");
        var person = exchange.requiredPrincipal().id();
        var body = exchange.request().bodyBytes(PersonalSettings.SETTING_BYTES);
        var stored = settings.write(person, name, body, expected);
        var etag = etag(stored.hash());
        sessions.notifyPerson(
                person, Methods.SETTING_CHANGED, new SettingChangedParams(name, etag));
        return Answer.empty(stored.isCreated() ? 201 : 204).with("ETag", etag);
    }

    Answer delete(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var expected =
                expected(Precondition.of(head.header("If-Match"), head.header("If-None-Match")));
        var name = exchange.variable("name");
        var person = exchange.requiredPrincipal().id();
        settings.delete(person, name, expected);
        sessions.notifyPerson(
                person, Methods.SETTING_CHANGED, new SettingChangedParams(name, null));
        return Answer.empty(204);
    }

    private static Answer me(Principal principal, String name) {
        return Answer.json(
                200,
                WireJson.write(
                        new Me(
                                principal.key(),
                                name,
                                principal.role().wireName(),
                                principal.scopes().stream()
                                        .map(Principal.Scope::wireName)
                                        .sorted()
                                        .toList())));
    }

    private static String etag(String hash) {
        return '"' + hash + '"';
    }

    private static Predicate<@Nullable String> expected(Precondition precondition) {
        return switch (precondition) {
            case Precondition.Unchanged(var hashes) ->
                    hash -> hash != null && hashes.contains(hash);
            case Precondition.Present() -> hash -> hash != null;
            case Precondition.Absent() -> hash -> hash == null;
            case Precondition.Anything() -> _ -> true;
        };
    }
}

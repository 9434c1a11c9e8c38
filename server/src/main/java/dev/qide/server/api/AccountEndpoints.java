package dev.qide.server.api;

import dev.qide.server.identity.LoginSessions;
import dev.qide.server.identity.PersonalData;
import dev.qide.server.identity.PersonalTokens;
import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import dev.qide.wire.AccountDeletion;
import dev.qide.wire.AccountList;
import dev.qide.wire.Failure;
import dev.qide.wire.NewToken;
import dev.qide.wire.SessionList;
import dev.qide.wire.TokenCreated;
import dev.qide.wire.TokenList;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The HTTP endpoints of the caller's account: personal tokens and login sessions.
public final class AccountEndpoints {
    private static final int BODY_BYTES = 8 << 10;

    private final PersonalTokens tokens;
    private final LoginSessions sessions;
    private final PersonalData data;

    public AccountEndpoints(PersonalTokens tokens, LoginSessions sessions, PersonalData data) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.data = data;
    }

    /// Requires a credential that may manage the caller's account.
    ///
    /// @throws dev.qide.wire.FailureException `FORBIDDEN` for a guest or a personal token
    void requireManagement(Principal principal) {
        tokens.requireManagement(principal);
    }

    Answer accounts(HttpEndpoints.Exchange exchange) {
        var all =
                data.accounts(exchange.requiredPrincipal()).stream()
                        .map(account ->
                                new AccountList.Account(
                                        account.provider(),
                                        account.email(),
                                        account.linkedAt().toString()))
                        .toList();
        return Answer.json(200, WireJson.write(new AccountList(all)));
    }

    /// All that is stored about the caller, as a JSON file.
    Answer export(HttpEndpoints.Exchange exchange) {
        var principal = exchange.requiredPrincipal();
        data.requireExport(principal);
        return new Answer(
                200,
                Map.of(
                        "Cache-Control",
                        "no-store",
                        "Content-Disposition",
                        "attachment; filename=\"qide-export.json\""),
                new Content.Stream("application/json", out -> data.export(principal, out)));
    }

    /// Deletes the caller, and ends the caller's sessions and sockets.
    Answer delete(HttpEndpoints.Exchange exchange) throws IOException {
        var confirm = exchange.body(BODY_BYTES, AccountDeletion.class).confirm();
        data.delete(exchange.requiredPrincipal(), confirm);
        var head = exchange.request().head();
        return Answer.empty(204)
                .withCookie(
                        Cookies.set(
                                "", Cookies.path(head.header("X-Qide-Path")), 0, head.isSecure()));
    }

    Answer tokens(HttpEndpoints.Exchange exchange) {
        var all =
                tokens.list(exchange.requiredPrincipal()).stream()
                        .map(AccountEndpoints::shown)
                        .toList();
        return Answer.json(200, WireJson.write(new TokenList(all)))
                .with("Cache-Control", "no-store");
    }

    /// 201 with the token, which is never shown again.
    Answer createToken(HttpEndpoints.Exchange exchange) throws IOException {
        var wanted = exchange.body(BODY_BYTES, NewToken.class);
        var request =
                new PersonalTokens.Request(
                        wanted.name(),
                        wanted.scopes().stream()
                                .map(scope -> Scope.valueOf(scope.name()))
                                .collect(Collectors.toSet()),
                        wanted.expiresInDays());
        var created = tokens.create(exchange.requiredPrincipal(), request);
        return Answer.json(
                        201,
                        WireJson.write(
                                new TokenCreated(shown(created.details()), created.secret())))
                .with("Location", "tokens/" + created.details().id());
    }

    /// A new token of the principal's person, as [PersonalTokens#create].
    String newToken(Principal principal, String name, Set<Scope> scopes) {
        return tokens.create(principal, new PersonalTokens.Request(name, scopes, null)).secret();
    }

    Answer revokeToken(HttpEndpoints.Exchange exchange) {
        tokens.revoke(exchange.requiredPrincipal(), exchange.id("id", Failure.TOKEN_UNKNOWN));
        return Answer.empty(204);
    }

    Answer sessions(HttpEndpoints.Exchange exchange) {
        var all =
                sessions.list(exchange.requiredPrincipal()).stream()
                        .map(AccountEndpoints::shown)
                        .toList();
        return Answer.json(200, WireJson.write(new SessionList(all)))
                .with("Cache-Control", "no-store");
    }

    Answer revokeSession(HttpEndpoints.Exchange exchange) {
        sessions.revoke(exchange.requiredPrincipal(), exchange.id("id", Failure.SESSION_UNKNOWN));
        return Answer.empty(204);
    }

    private static TokenList.Token shown(PersonalTokens.Details token) {
        return new TokenList.Token(
                token.id().toString(),
                token.name(),
                token.scopes().stream()
                        .sorted()
                        .map(scope -> TokenList.Scope.valueOf(scope.name()))
                        .toList(),
                token.createdAt().toString(),
                token.expiresAt().toString());
    }

    private static SessionList.Session shown(LoginSessions.Details session) {
        return new SessionList.Session(
                session.id().toString(),
                session.provider(),
                session.agent(),
                session.createdAt().toString(),
                session.lastUsedAt().toString(),
                session.expiresAt().toString(),
                session.isCurrent());
    }
}

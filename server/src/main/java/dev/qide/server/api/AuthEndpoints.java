package dev.qide.server.api;

import dev.qide.server.audit.AuditEvent;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.People;
import dev.qide.server.identity.People.Decision;
import dev.qide.server.identity.People.LoginAttempt;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.login.AdmissionRule;
import dev.qide.server.login.LoginException;
import dev.qide.server.login.LoginFailure;
import dev.qide.server.login.LoginProviders;
import dev.qide.server.login.PendingLogin;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.AccountLink;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.LoginOptions;
import dev.qide.wire.NewAccount;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `GET /api/login` lists the login providers, `GET /auth` is a page with them, `GET /auth/{id}`
/// begins a login and `GET /auth/{id}/callback` ends it.
///
/// A failure is answered with a page that says what to do, and nothing is stored. Redirects lead
/// only to the provider and to the public URL, never to an address in the request.
final class AuthEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(AuthEndpoints.class);

    /// The operations in the audit log.
    private static final String LOGIN = "login";

    private static final String LINK = "link";

    private static final int INVITATION_CHARACTERS = 64;
    private static final int BODY_BYTES = 4 << 10;

    private final Api.LoginContext loginContext;
    private final Identity identity;
    private final Credentials credentials;
    private final RateLimits rates;
    private final RequestAudit audit;

    AuthEndpoints(
            Api.LoginContext loginContext,
            Identity identity,
            Credentials credentials,
            RateLimits rates,
            RequestAudit audit) {
        this.audit = audit;
        this.loginContext = loginContext;
        this.identity = identity;
        this.credentials = credentials;
        this.rates = rates;
    }

    Answer options(HttpEndpoints.Exchange exchange) {
        var providers = loginContext.providers();
        var all =
                providers == null
                        ? List.<LoginOptions.Provider>of()
                        : providers.all().stream()
                                .map(one ->
                                        new LoginOptions.Provider(
                                                one.id(), one.shownName(), "auth/" + one.id()))
                                .toList();
        return Answer.json(200, WireJson.write(new LoginOptions(all)));
    }

    Answer choice(HttpEndpoints.Exchange exchange) {
        var providers = loginContext.providers();
        if (providers == null) {
            return AuthPages.failure(LoginFailure.PROVIDER_UNKNOWN, loginContext.folder());
        }
        return AuthPages.choice(
                providers.all(), loginContext.folder(), invitation(exchange.request().head()));
    }

    Answer begin(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        try {
            var begun =
                    providers(head)
                            .begin(
                                    exchange.variable("id"),
                                    new PendingLogin.Purpose(
                                            invitation(head), null, loginOf(head)));
            return withPending(
                    Answer.empty(303).with("Location", begun.authorization().toString()), begun);
        } catch (LoginException failed) {
            return refused(failed);
        }
    }

    /// `POST /api/accounts` with `{"provider":ID}` begins linking another account to the person
    /// whose login cookie the request has. The answer `{"url":…}` is the page's next address.
    Answer link(HttpEndpoints.Exchange exchange) throws IOException {
        var head = exchange.request().head();
        var login = credentials.byCookieAlone(head);
        if (login == null || head.header("Authorization") != null) {
            throw new FailureException(Failure.UNAUTHENTICATED, Map.of("needs", "cookie"));
        }
        var request = exchange.body(BODY_BYTES, NewAccount.class);
        try {
            var begun =
                    providers(head)
                            .begin(
                                    request.provider(),
                                    new PendingLogin.Purpose(
                                            null, login.credential().value(), null));
            return withPending(
                    Answer.json(
                            200, WireJson.write(new AccountLink(begun.authorization().toString()))),
                    begun);
        } catch (LoginException failed) {
            throw new FailureException(
                    Failure.REQUEST_FAILED,
                    Map.of("reason", failed.failure().name().toLowerCase(Locale.ROOT)),
                    failed);
        }
    }

    private Answer withPending(Answer answer, LoginProviders.Begun begun) {
        return answer.withCookie(
                        Cookies.setPending(
                                begun.cookie(),
                                loginContext.folder() + "auth/",
                                PendingLogin.LIFETIME.toSeconds(),
                                loginContext.isSecure()))
                .with("Cache-Control", "no-store");
    }

    Answer end(HttpEndpoints.Exchange exchange) {
        var head = exchange.request().head();
        var operation = LOGIN;
        UserId linkTo = null;
        try {
            var ended =
                    providers(head)
                            .end(
                                    exchange.variable("id"),
                                    head.query(),
                                    Cookies.readPending(head.header("Cookie")));
            operation = ended.pending().linkedBy() == null ? LOGIN : LINK;
            linkTo = linkTo(ended.pending());
            return switch (decide(ended, linkTo)) {
                case Decision.Admitted(var person) ->
                        linkTo == null
                                ? loggedIn(head, ended, person)
                                : linked(head, ended, person);
                case Decision.Refused(var refusal) -> throw refusal(refusal, ended);
            };
        } catch (LoginException failed) {
            audit.login(
                    head,
                    operation,
                    exchange.variable("id"),
                    linkTo,
                    failed.failure().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            return refused(failed);
        } catch (FailureException unavailable) {
            return refused(
                    new LoginException(LoginFailure.STORE_DOWN, unavailable.failure().wireName()));
        }
    }

    private Decision decide(LoginProviders.Ended ended, @Nullable UserId linkTo) {
        var account = ended.account();
        var admitted =
                account.isAdmittedBy(ended.settings().admit())
                        ? Role.valueOf(ended.settings().role().toUpperCase(Locale.ROOT))
                        : null;
        return loginContext
                .people()
                .logIn(
                        new LoginAttempt(
                                account.provider(),
                                account.subject(),
                                account.name(),
                                account.email(),
                                admitted,
                                ended.pending().invitation(),
                                linkTo));
    }

    private Answer linked(RequestHead head, LoginProviders.Ended ended, UserId person) {
        audit.login(head, LINK, ended.account().provider(), person, AuditEvent.OK);
        return home();
    }

    private Answer loggedIn(RequestHead head, LoginProviders.Ended ended, UserId person) {
        var secret =
                identity.loginByAccount(
                        new Identity.AccountLogin(
                                person,
                                ended.account().provider(),
                                ended.account().subject(),
                                Objects.requireNonNullElse(head.header("User-Agent"), "")));
        // The cookie is replaced, so the login it had, perhaps planted by an attacker, ends here.
        var replaced = ended.pending().replaces();
        if (replaced != null) {
            identity.logout(new CredentialId(replaced));
        }
        audit.login(head, LOGIN, ended.account().provider(), person, AuditEvent.OK);
        return home().withCookie(
                        Cookies.set(
                                secret,
                                loginContext.folder(),
                                Identity.LOGIN_LIFETIME.toSeconds(),
                                loginContext.isSecure()))
                .withCookie(
                        Cookies.setPending(
                                "", loginContext.folder() + "auth/", 0, loginContext.isSecure()));
    }

    /// @throws LoginException when too many logins were started from the address, or there are no
    ///   providers
    private LoginProviders providers(RequestHead head) throws LoginException {
        if (!rates.take(Limit.LOGINS, head.remoteAddress()).isAdmitted()) {
            throw new LoginException(LoginFailure.TOO_MANY_LOGINS, "throttled");
        }
        var providers = loginContext.providers();
        if (providers == null) {
            throw new LoginException(LoginFailure.PROVIDER_UNKNOWN, "no providers");
        }
        return providers;
    }

    /// The person who began to link the account, whose login must still be valid. The browser does
    /// not send its login cookie with the provider's redirect.
    private @Nullable UserId linkTo(PendingLogin pending) throws LoginException {
        var login = pending.linkedBy();
        if (login == null) {
            return null;
        }
        var principal = identity.byLogin(new CredentialId(login));
        if (principal == null) {
            throw new LoginException(LoginFailure.STATE_MISSING, "logged out meanwhile");
        }
        return principal.id();
    }

    private Answer home() {
        return Answer.empty(303)
                .with("Location", loginContext.publicUrl().toString())
                .with("Cache-Control", "no-store");
    }

    /// The id of the browser's login, read when a login begins: the browser sends the cookie to a
    /// page of ours, but not with the redirect of a provider at which the user clicked.
    private static @Nullable String loginOf(RequestHead head) {
        var secret = Cookies.read(head.header("Cookie"));
        return secret == null ? null : CredentialId.ofSecret(secret).value();
    }

    private static @Nullable String invitation(RequestHead head) {
        var code = head.parameter("invitation");
        return code == null || code.length() > INVITATION_CHARACTERS ? null : code;
    }

    private static LoginException refusal(People.Refusal refusal, LoginProviders.Ended ended) {
        var failure =
                switch (refusal) {
                    case NOT_ADMITTED ->
                            ended.settings().admit() instanceof AdmissionRule.Domains
                                            && ended.account().email() == null
                                    ? LoginFailure.EMAIL_NOT_VERIFIED
                                    : LoginFailure.NOT_ADMITTED;
                    case INVITATION_INVALID -> LoginFailure.INVITATION_INVALID;
                    case EMAIL_KNOWN -> LoginFailure.EMAIL_KNOWN;
                    case ACCOUNT_TAKEN -> LoginFailure.ACCOUNT_TAKEN;
                };
        return new LoginException(failure, "refused");
    }

    private Answer refused(LoginException failed) {
        LOG.atWarn()
                .addKeyValue("event.action", "api.login_refused")
                .addKeyValue("failure", failed.failure().name().toLowerCase(Locale.ROOT))
                .addKeyValue("reason", String.valueOf(failed.getMessage()))
                .log("a login failed");
        return AuthPages.failure(failed.failure(), loginContext.folder());
    }
}

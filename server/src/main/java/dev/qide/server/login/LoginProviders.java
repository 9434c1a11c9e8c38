package dev.qide.server.login;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.Nonce;
import dev.qide.server.secrets.Envelope;
import java.net.URI;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The configured login providers. Begins a login and ends it with an account that the person has
/// proved to own.
///
/// Thread-safe; calls may block for several requests to the provider, at most ten seconds each.
public final class LoginProviders implements AutoCloseable {
    private static final int USED_STATES = 100_000;

    private final Map<String, Configured> byId = new LinkedHashMap<>();
    private final URI publicUrl;
    private final Envelope envelope;
    private final InstantSource clock;

    /// The states of completed logins, so that none completes twice.
    private final Cache<String, Boolean> used =
            Caffeine.newBuilder()
                    .maximumSize(USED_STATES)
                    .expireAfterWrite(PendingLogin.LIFETIME)
                    .build();

    private record Configured(
            ProviderSettings settings, LoginProvider provider, ProviderHttp http) {}

    /// A login that has begun.
    ///
    /// @param authorization the URL to which to send the browser
    /// @param cookie the cookie that the browser must return
    public record Begun(URI authorization, String cookie) {
        @Override
        public String toString() {
            return "Begun";
        }
    }

    /// A login with a verified account.
    public record Ended(VerifiedAccount account, ProviderSettings settings, PendingLogin pending) {}

    /// @param publicUrl the server's public URL, with a slash at its end
    public LoginProviders(
            List<ProviderSettings> all, URI publicUrl, Envelope envelope, InstantSource clock) {
        this.publicUrl = publicUrl;
        this.envelope = envelope;
        this.clock = clock;
        for (var settings : all) {
            var callback = callback(settings.id());
            var http = new ProviderHttp();
            var provider =
                    switch (settings.kind()) {
                        case ProviderSettings.Kind.Oidc(var issuer) ->
                                new OidcProvider(settings, issuer, callback, http, clock);
                        case ProviderSettings.Kind.Github where ->
                                new GithubProvider(settings, where, callback, http);
                    };
            byId.put(settings.id(), new Configured(settings, provider, http));
        }
    }

    /// The settings of all providers, in the order of the file.
    public List<ProviderSettings> all() {
        return byId.values().stream().map(Configured::settings).toList();
    }

    /// Begins a login.
    ///
    /// @throws LoginException `PROVIDER_UNKNOWN`, or when the provider cannot be discovered
    public Begun begin(String id, PendingLogin.Purpose purpose) throws LoginException {
        var configured = configured(id);
        var pending =
                new PendingLogin(
                        id,
                        new State().getValue(),
                        new Nonce().getValue(),
                        new CodeVerifier().getValue(),
                        purpose.invitation(),
                        purpose.linkedBy(),
                        purpose.replaces(),
                        clock.instant().plus(PendingLogin.LIFETIME));
        return new Begun(configured.provider().authorization(pending), pending.sealed(envelope));
    }

    /// Ends a login.
    ///
    /// @param query the query of the callback; null for none
    /// @param cookie the cookie of [#begin]; null when the browser sent none
    /// @throws LoginException when the answer does not prove an account
    public Ended end(String id, @Nullable String query, @Nullable String cookie)
            throws LoginException {
        var configured = configured(id);
        var pending = PendingLogin.opened(envelope, id, cookie, clock.instant());
        URI answered;
        try {
            answered = URI.create(callback(id) + "?" + (query == null ? "" : query));
        } catch (IllegalArgumentException malformed) {
            throw new LoginException(LoginFailure.PROVIDER_ANSWER, "a malformed query", malformed);
        }
        if (used.asMap().putIfAbsent(pending.state(), true) != null) {
            throw new LoginException(LoginFailure.STATE_MISSING, "ended already");
        }
        return new Ended(
                configured.provider().account(answered, pending), configured.settings(), pending);
    }

    @Override
    public void close() {
        byId.values().forEach(one -> one.http().close());
    }

    private URI callback(String id) {
        return publicUrl.resolve("auth/" + id + "/callback");
    }

    private Configured configured(String id) throws LoginException {
        var configured = byId.get(id);
        if (configured == null) {
            throw new LoginException(LoginFailure.PROVIDER_UNKNOWN, "no such provider");
        }
        return configured;
    }
}

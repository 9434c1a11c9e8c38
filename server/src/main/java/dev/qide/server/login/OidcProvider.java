package dev.qide.server.login;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.ClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// OpenID Connect Core 1.0 with the authorization code flow: Discovery 1.0, PKCE with S256 (RFC
/// 7636), the issuer in the answer (RFC 9207).
///
/// Reads the provider's metadata again every hour, and its keys when an ID token names an unknown
/// one, at most every five seconds. Thread-safe.
final class OidcProvider implements LoginProvider {
    private static final Duration METADATA_LIFETIME = Duration.ofHours(1);
    private static final Duration KEYS_LIFETIME = Duration.ofMinutes(15);
    private static final Duration KEYS_INTERVAL = Duration.ofSeconds(5);
    private static final int CLOCK_SKEW_SECONDS = 60;

    /// How long a login waits for the discovery that another one has begun.
    private static final Duration DISCOVERY_WAIT = ProviderHttp.TOTAL.plusSeconds(2);

    /// Asymmetric algorithms only: neither `none` nor a MAC with a secret that the provider also
    /// has.
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(
                    JWSAlgorithm.RS256,
                    JWSAlgorithm.RS384,
                    JWSAlgorithm.RS512,
                    JWSAlgorithm.PS256,
                    JWSAlgorithm.PS384,
                    JWSAlgorithm.PS512,
                    JWSAlgorithm.ES256,
                    JWSAlgorithm.ES384,
                    JWSAlgorithm.ES512);

    private final ProviderSettings settings;
    private final Issuer issuer;
    private final URI callback;
    private final ProviderHttp http;
    private final InstantSource clock;
    private volatile @Nullable Discovered discovered;

    /// The discovery that is under way; null for none.
    private final AtomicReference<@Nullable CompletableFuture<Discovered>> running =
            new AtomicReference<>();

    private final AtomicInteger waiting = new AtomicInteger();

    /// The issuer's metadata.
    private record Discovered(
            OIDCProviderMetadata metadata, IDTokenValidator validator, Instant until) {}

    OidcProvider(
            ProviderSettings settings,
            URI issuer,
            URI callback,
            ProviderHttp http,
            InstantSource clock) {
        this.settings = settings;
        this.issuer = new Issuer(issuer);
        this.callback = callback;
        this.http = http;
        this.clock = clock;
    }

    @Override
    public URI authorization(PendingLogin pending) throws LoginException {
        return new AuthenticationRequest.Builder(
                        ResponseType.CODE, scope(), new ClientID(settings.clientId()), callback)
                .endpointURI(discovered().metadata().getAuthorizationEndpointURI())
                .state(new State(pending.state()))
                .nonce(new Nonce(pending.nonce()))
                .codeChallenge(new CodeVerifier(pending.verifier()), CodeChallengeMethod.S256)
                .build()
                .toURI();
    }

    @Override
    public VerifiedAccount account(URI answered, PendingLogin pending) throws LoginException {
        var discovery = discovered();
        var metadata = discovery.metadata();
        boolean hasIssuer = metadata.supportsAuthorizationResponseIssuerParam();
        var code = AuthorizationCallback.code(answered, pending, hasIssuer ? issuer : null, issuer);
        var tokens = tokens(metadata, code, pending);
        var idToken = validated(discovery.validator(), tokens, pending);
        var name = idToken.getStringClaim("name");
        ClaimsSet claims = idToken;
        if (idToken.getStringClaim("email") == null || name == null) {
            var userInfo = userInfo(metadata, tokens, idToken);
            claims = userInfo == null ? idToken : userInfo;
        }
        var verified = verifiedEmail(idToken);
        var address = verified == null ? verifiedEmail(claims) : verified;
        var subject = idToken.getSubject().getValue();
        var addresses = address == null ? List.<String>of() : List.of(address);
        return new VerifiedAccount(
                settings.id(), subject, nameIn(claims, name), addresses, Set.of());
    }

    /// The metadata, which one login at a time reads; the others wait for its outcome, not for each
    /// other.
    private Discovered discovered() throws LoginException {
        var now = clock.instant();
        var known = discovered;
        if (known != null && known.until().isAfter(now)) {
            return known;
        }
        var own = new CompletableFuture<Discovered>();
        var other = running.compareAndExchange(null, own);
        return other == null ? discoverFor(own) : outcomeOf(other);
    }

    /// The number of logins that wait for another one's discovery.
    int waiting() {
        return waiting.get();
    }

    private Discovered discoverFor(CompletableFuture<Discovered> others) throws LoginException {
        try {
            var found = discoverOrKeep();
            discovered = found;
            others.complete(found);
            return found;
        } catch (LoginException failure) {
            others.completeExceptionally(failure);
            throw failure;
        } finally {
            running.set(null);
            others.completeExceptionally(
                    new LoginException(LoginFailure.PROVIDER_DOWN, "discovery failed"));
        }
    }

    private Discovered outcomeOf(CompletableFuture<Discovered> other) throws LoginException {
        waiting.incrementAndGet();
        try {
            return other.get(DISCOVERY_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            var failure =
                    failed.getCause() instanceof LoginException cause
                            ? cause.failure()
                            : LoginFailure.PROVIDER_DOWN;
            throw new LoginException(failure, "discovery failed", failed);
        } catch (TimeoutException slow) {
            throw new LoginException(LoginFailure.PROVIDER_DOWN, "discovery is too slow", slow);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new LoginException(LoginFailure.PROVIDER_DOWN, "interrupted", stop);
        } finally {
            waiting.decrementAndGet();
        }
    }

    /// New metadata; the last one while the issuer cannot be reached.
    private Discovered discoverOrKeep() throws LoginException {
        try {
            return discover();
        } catch (IOException unreachable) {
            var known = discovered;
            if (known == null) {
                throw new LoginException(
                        LoginFailure.PROVIDER_DOWN, "discovery failed", unreachable);
            }
            return new Discovered(
                    known.metadata(), known.validator(), clock.instant().plus(KEYS_INTERVAL));
        } catch (ParseException malformed) {
            throw new LoginException(LoginFailure.PROVIDER_ANSWER, "malformed metadata", malformed);
        }
    }

    private Discovered discover() throws IOException, ParseException, LoginException {
        var base = issuer.getValue().replaceFirst("/$", "");
        var text =
                http.retrieveResource(
                                URI.create(base + "/.well-known/openid-configuration").toURL())
                        .getContent();
        var metadata = OIDCProviderMetadata.parse(text);
        if (!issuer.equals(metadata.getIssuer())) {
            throw new LoginException(
                    LoginFailure.PROVIDER_ANSWER, "the metadata has another issuer");
        }
        for (var address :
                new URI[] {
                    metadata.getAuthorizationEndpointURI(),
                    metadata.getTokenEndpointURI(),
                    metadata.getJWKSetURI()
                }) {
            if (address == null || !ProviderSettings.isSecure(address)) {
                throw new LoginException(
                        LoginFailure.PROVIDER_ANSWER, "an endpoint is missing or without TLS");
            }
        }
        return new Discovered(
                metadata, validator(metadata), clock.instant().plus(METADATA_LIFETIME));
    }

    private IDTokenValidator validator(OIDCProviderMetadata metadata)
            throws MalformedURLException, LoginException {
        Set<JWSAlgorithm> algorithms = new HashSet<>(ALGORITHMS);
        var announced = metadata.getIDTokenJWSAlgs();
        if (announced != null) {
            algorithms.retainAll(announced);
        }
        if (algorithms.isEmpty()) {
            throw new LoginException(
                    LoginFailure.PROVIDER_ANSWER, "no accepted signature algorithm");
        }
        JWKSource<SecurityContext> keys =
                JWKSourceBuilder.create(metadata.getJWKSetURI().toURL(), http)
                        .cache(KEYS_LIFETIME.toMillis(), ProviderHttp.TOTAL.toMillis())
                        .refreshAheadCache(false)
                        .rateLimited(KEYS_INTERVAL.toMillis())
                        .build();
        var validator =
                new IDTokenValidator(
                        issuer,
                        new ClientID(settings.clientId()),
                        new JWSVerificationKeySelector<>(algorithms, keys),
                        null);
        validator.setMaxClockSkew(CLOCK_SKEW_SECONDS);
        return validator;
    }

    private OIDCTokenResponse tokens(
            OIDCProviderMetadata metadata, AuthorizationCode code, PendingLogin pending)
            throws LoginException {
        var grant =
                new AuthorizationCodeGrant(code, callback, new CodeVerifier(pending.verifier()));
        var request =
                new TokenRequest.Builder(
                                metadata.getTokenEndpointURI(), authentication(metadata), grant)
                        .build()
                        .toHTTPRequest();
        try {
            var answer = http.send(request);
            if (answer.getStatusCode() >= 500) {
                throw new LoginException(LoginFailure.PROVIDER_DOWN, "the token endpoint failed");
            }
            var parsed = OIDCTokenResponseParser.parse(response(answer));
            if (!parsed.indicatesSuccess()) {
                throw AuthorizationCallback.refused(parsed.toErrorResponse().getErrorObject());
            }
            return (OIDCTokenResponse) parsed.toSuccessResponse();
        } catch (IOException unreachable) {
            throw new LoginException(
                    LoginFailure.PROVIDER_DOWN, "the token endpoint failed", unreachable);
        } catch (ParseException malformed) {
            throw new LoginException(
                    LoginFailure.PROVIDER_ANSWER, "a malformed token answer", malformed);
        }
    }

    private ClientAuthentication authentication(OIDCProviderMetadata metadata) {
        var id = new ClientID(settings.clientId());
        var secret = new Secret(settings.clientSecret().current().reveal());
        var methods = metadata.getTokenEndpointAuthMethods();
        boolean isPost =
                methods != null
                        && !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                        && methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST);
        return isPost ? new ClientSecretPost(id, secret) : new ClientSecretBasic(id, secret);
    }

    private static IDTokenClaimsSet validated(
            IDTokenValidator validator, OIDCTokenResponse tokens, PendingLogin pending)
            throws LoginException {
        var idToken = tokens.getOIDCTokens().getIDToken();
        if (idToken == null) {
            throw new LoginException(LoginFailure.PROVIDER_ANSWER, "no ID token");
        }
        try {
            return validator.validate(idToken, new Nonce(pending.nonce()));
        } catch (KeySourceException noKeys) {
            throw new LoginException(LoginFailure.PROVIDER_DOWN, "the keys cannot be read", noKeys);
        } catch (BadJOSEException | JOSEException invalid) {
            throw new LoginException(
                    LoginFailure.TOKEN_INVALID, "the ID token is not valid", invalid);
        }
    }

    /// The claims of the UserInfo endpoint; null when there is none.
    private @Nullable ClaimsSet userInfo(
            OIDCProviderMetadata metadata, OIDCTokenResponse tokens, IDTokenClaimsSet idToken)
            throws LoginException {
        var endpoint = metadata.getUserInfoEndpointURI();
        if (endpoint == null) {
            return null;
        }
        var token = new BearerAccessToken(tokens.getOIDCTokens().getAccessToken().getValue());
        try {
            var answer =
                    UserInfoResponse.parse(
                            response(
                                    http.send(
                                            new UserInfoRequest(endpoint, token).toHTTPRequest())));
            if (!answer.indicatesSuccess()) {
                throw new LoginException(LoginFailure.PROVIDER_ANSWER, "the user info was refused");
            }
            var claims = answer.toSuccessResponse().getUserInfo();
            if (claims == null || !idToken.getSubject().equals(claims.getSubject())) {
                throw new LoginException(
                        LoginFailure.TOKEN_INVALID, "the user info has another subject");
            }
            return claims;
        } catch (IOException unreachable) {
            throw new LoginException(
                    LoginFailure.PROVIDER_DOWN, "the user info failed", unreachable);
        } catch (ParseException malformed) {
            throw new LoginException(
                    LoginFailure.PROVIDER_ANSWER, "malformed user info", malformed);
        }
    }

    private Scope scope() {
        var scope = new Scope(settings.scopes().toArray(String[]::new));
        scope.add("openid");
        return scope;
    }

    private static com.nimbusds.oauth2.sdk.http.HTTPResponse response(
            com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse answer) {
        return (com.nimbusds.oauth2.sdk.http.HTTPResponse) answer;
    }

    private static String nameIn(ClaimsSet claims, @Nullable String name) {
        for (var claim : List.of("name", "preferred_username", "nickname")) {
            var found = claims.getStringClaim(claim);
            if (found != null) {
                return found;
            }
        }
        return name == null ? "" : name;
    }

    /// The address; null unless the provider has verified it.
    private static @Nullable String verifiedEmail(ClaimsSet claims) {
        var email = claims.getStringClaim("email");
        boolean isVerified = Boolean.TRUE.equals(claims.getBooleanClaim("email_verified"));
        return email == null || !isVerified ? null : email.toLowerCase(Locale.ROOT);
    }
}

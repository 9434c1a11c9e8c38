package dev.qide.server.login;

import com.google.gson.JsonObject;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// An OpenID Connect issuer, to the letter of Core 1.0 and RFC 7636, whose answers can be broken in
/// one way each. Everybody who comes is logged in as [#subject].
final class IssuerDouble implements AutoCloseable {
    static final String CLIENT = "qide";
    static final String SECRET = "the client's secret";

    private static final RSAKey FIRST_KEY = newKey();
    private static final RSAKey OTHER_KEY = newKey();

    /// What is broken, and the failure that a person is shown. The metadata is read first, and
    /// kept.
    enum Fault {
        METADATA_OF_ANOTHER_ISSUER(LoginFailure.PROVIDER_ANSWER),
        METADATA_WITHOUT_TLS(LoginFailure.PROVIDER_ANSWER),
        METADATA_MALFORMED(LoginFailure.PROVIDER_ANSWER),
        METADATA_REDIRECTS(LoginFailure.PROVIDER_DOWN),
        ANSWER_OF_ANOTHER_ISSUER(LoginFailure.TOKEN_INVALID),
        ANSWER_WITHOUT_ISSUER(LoginFailure.TOKEN_INVALID),
        ANSWER_WITHOUT_CODE(LoginFailure.PROVIDER_ANSWER),
        STATE_OF_ANOTHER_LOGIN(LoginFailure.STATE_WRONG),
        ACCESS_DENIED(LoginFailure.DENIED),
        SERVER_ERROR(LoginFailure.PROVIDER_DOWN),
        TOKEN_ENDPOINT_FAILS(LoginFailure.PROVIDER_DOWN),
        TOKEN_MALFORMED(LoginFailure.PROVIDER_ANSWER),
        TOKEN_ENDLESS(LoginFailure.PROVIDER_DOWN),
        NO_ID_TOKEN(LoginFailure.PROVIDER_ANSWER),
        NONCE_WRONG(LoginFailure.TOKEN_INVALID),
        NONCE_MISSING(LoginFailure.TOKEN_INVALID),
        SIGNATURE_WRONG(LoginFailure.TOKEN_INVALID),
        ISSUER_WRONG(LoginFailure.TOKEN_INVALID),
        AUDIENCE_WRONG(LoginFailure.TOKEN_INVALID),
        EXPIRED(LoginFailure.TOKEN_INVALID),
        UNSIGNED(LoginFailure.TOKEN_INVALID),
        SIGNED_WITH_THE_SECRET(LoginFailure.TOKEN_INVALID),
        USER_INFO_OF_ANOTHER(LoginFailure.TOKEN_INVALID),
        USER_INFO_MALFORMED(LoginFailure.PROVIDER_ANSWER),
        NONE(null);

        private final @Nullable LoginFailure failure;

        Fault(@Nullable LoginFailure failure) {
            this.failure = failure;
        }

        @Nullable LoginFailure failure() {
            return failure;
        }
    }

    private final LoopbackServer server;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private volatile RSAKey key = FIRST_KEY;
    volatile Fault fault = Fault.NONE;
    volatile String subject = "ann-1";
    volatile String email = "Ann@Example.org";
    volatile boolean isEmailVerified = true;

    /// Whether the address is in the ID token instead of the user info.
    volatile boolean isEmailInIdToken;

    /// How many seconds from now an ID token expires.
    volatile int lifetimeSeconds = 300;

    IssuerDouble() throws IOException {
        server = new LoopbackServer(this::answer);
    }

    String url() {
        return server.url();
    }

    /// Replaces the signing key, as issuers do regularly.
    void rotateKey() {
        key = OTHER_KEY;
    }

    @Override
    public void close() {
        server.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            switch (exchange.getRequestURI().getPath()) {
                case "/.well-known/openid-configuration" -> metadata(exchange);
                case "/authorize" -> authorize(exchange);
                case "/token" -> token(exchange);
                case "/jwks" ->
                        LoopbackServer.send(
                                exchange, 200, new JWKSet(key.toPublicJWK()).toString());
                case "/userinfo" -> userInfo(exchange);
                default -> LoopbackServer.send(exchange, 404, "{}");
            }
        } catch (JOSEException failure) {
            throw new IOException(failure);
        }
    }

    private void metadata(HttpExchange exchange) throws IOException {
        if (fault == Fault.METADATA_REDIRECTS) {
            exchange.getResponseHeaders().set("Location", url() + "/elsewhere");
            LoopbackServer.send(exchange, 302, "");
            return;
        }
        if (fault == Fault.METADATA_MALFORMED) {
            LoopbackServer.send(exchange, 200, "{\"issuer\":");
            return;
        }
        var issuer = fault == Fault.METADATA_OF_ANOTHER_ISSUER ? "https://evil.example" : url();
        var tokens =
                fault == Fault.METADATA_WITHOUT_TLS ? "http://192.0.2.1/token" : url() + "/token";
        LoopbackServer.send(
                exchange,
                200,
                """
                {"issuer":"%1$s","authorization_endpoint":"%2$s/authorize","token_endpoint":"%3$s",
                 "jwks_uri":"%2$s/jwks","userinfo_endpoint":"%2$s/userinfo",
                 "response_types_supported":["code"],"subject_types_supported":["public"],
                 "id_token_signing_alg_values_supported":["RS256","HS256"],
                 "code_challenge_methods_supported":["S256"],
                 "authorization_response_iss_parameter_supported":true}
                """
                        .formatted(issuer, url(), tokens));
    }

    private void authorize(HttpExchange exchange) throws IOException {
        var query = LoopbackServer.form(exchange.getRequestURI().getRawQuery());
        if (!"S256".equals(query.get("code_challenge_method"))
                || !CLIENT.equals(query.get("client_id"))
                || !"code".equals(query.get("response_type"))) {
            LoopbackServer.send(exchange, 400, "{}");
            return;
        }
        var code = UUID.randomUUID().toString();
        codes.put(code, query);
        var state =
                fault == Fault.STATE_OF_ANOTHER_LOGIN ? "another" : query.getOrDefault("state", "");
        var issuer = fault == Fault.ANSWER_OF_ANOTHER_ISSUER ? "https://evil.example" : url();
        var answer =
                switch (fault) {
                    case ACCESS_DENIED -> "error=access_denied";
                    case SERVER_ERROR -> "error=server_error";
                    case ANSWER_WITHOUT_CODE -> "x=y";
                    default -> "code=" + code;
                };
        var location =
                query.get("redirect_uri")
                        + "?"
                        + answer
                        + "&state="
                        + LoopbackServer.encoded(state)
                        + (fault == Fault.ANSWER_WITHOUT_ISSUER
                                ? ""
                                : "&iss=" + LoopbackServer.encoded(issuer));
        exchange.getResponseHeaders().set("Location", location);
        LoopbackServer.send(exchange, 302, "");
    }

    private void token(HttpExchange exchange) throws IOException, JOSEException {
        switch (fault) {
            case TOKEN_ENDPOINT_FAILS -> LoopbackServer.send(exchange, 503, "busy");
            case TOKEN_MALFORMED -> LoopbackServer.send(exchange, 200, "<html>");
            case TOKEN_ENDLESS ->
                    LoopbackServer.send(exchange, 200, "x".repeat(ProviderHttp.BODY_BYTES + 1));
            default -> {
                var form =
                        LoopbackServer.form(
                                new String(
                                        exchange.getRequestBody().readAllBytes(),
                                        StandardCharsets.UTF_8));
                // A code is valid once.
                var asked = codes.remove(form.getOrDefault("code", ""));
                if (asked == null || !isProved(asked, form)) {
                    LoopbackServer.send(exchange, 400, "{\"error\":\"invalid_grant\"}");
                } else if (!isAuthenticated(exchange)) {
                    LoopbackServer.send(exchange, 401, "{\"error\":\"invalid_client\"}");
                } else {
                    LoopbackServer.send(exchange, 200, tokens(asked).toString());
                }
            }
        }
    }

    private static boolean isProved(Map<String, String> asked, Map<String, String> form) {
        var verifier = form.get("code_verifier");
        return verifier != null
                && CodeChallenge.compute(CodeChallengeMethod.S256, new CodeVerifier(verifier))
                        .getValue()
                        .equals(asked.get("code_challenge"))
                && Objects.equals(asked.get("redirect_uri"), form.get("redirect_uri"));
    }

    private static boolean isAuthenticated(HttpExchange exchange) {
        var expected = LoopbackServer.encoded(CLIENT) + ":" + LoopbackServer.encoded(SECRET);
        var basic = Base64.getEncoder().encodeToString(expected.getBytes(StandardCharsets.UTF_8));
        return ("Basic " + basic).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private JsonObject tokens(Map<String, String> asked) throws JOSEException {
        var answer = new JsonObject();
        answer.addProperty("access_token", "access");
        answer.addProperty("token_type", "Bearer");
        if (fault != Fault.NO_ID_TOKEN) {
            answer.addProperty("id_token", idToken(asked));
        }
        return answer;
    }

    private String idToken(Map<String, String> asked) throws JOSEException {
        var now = Instant.now();
        int lifetime = fault == Fault.EXPIRED ? -120 : lifetimeSeconds;
        var claims =
                new JWTClaimsSet.Builder()
                        .issuer(fault == Fault.ISSUER_WRONG ? "https://evil.example" : url())
                        .audience(fault == Fault.AUDIENCE_WRONG ? "another" : CLIENT)
                        .subject(subject)
                        .issueTime(Date.from(now.minusSeconds(400)))
                        .expirationTime(Date.from(now.plusSeconds(lifetime)));
        if (fault != Fault.NONCE_MISSING) {
            claims.claim("nonce", fault == Fault.NONCE_WRONG ? "other" : asked.get("nonce"));
        }
        if (isEmailInIdToken) {
            claims.claim("email", email).claim("email_verified", isEmailVerified);
        }
        if (fault == Fault.UNSIGNED) {
            return new PlainJWT(claims.build()).serialize();
        }
        boolean isMac = fault == Fault.SIGNED_WITH_THE_SECRET;
        var header =
                new JWSHeader.Builder(isMac ? JWSAlgorithm.HS256 : JWSAlgorithm.RS256)
                        .keyID(key.getKeyID())
                        .build();
        var token = new SignedJWT(header, claims.build());
        var signingKey = fault == Fault.SIGNATURE_WRONG ? OTHER_KEY : key;
        token.sign(
                isMac
                        ? new MACSigner((SECRET + SECRET).getBytes(StandardCharsets.UTF_8))
                        : new RSASSASigner(signingKey));
        return token.serialize();
    }

    private void userInfo(HttpExchange exchange) throws IOException {
        var claims = new JsonObject();
        claims.addProperty("sub", fault == Fault.USER_INFO_OF_ANOTHER ? "eve" : subject);
        claims.addProperty("name", "Ann <b>Lee</b>");
        if (!isEmailInIdToken) {
            claims.addProperty("email", email);
            claims.addProperty("email_verified", isEmailVerified);
        }
        LoopbackServer.send(
                exchange,
                200,
                fault == Fault.USER_INFO_MALFORMED ? "{\"sub\":" : claims.toString());
    }

    private static RSAKey newKey() {
        try {
            return new RSAKeyGenerator(2048).keyID(UUID.randomUUID().toString()).generate();
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

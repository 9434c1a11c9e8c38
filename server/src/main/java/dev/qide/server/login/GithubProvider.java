package dev.qide.server.login;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// GitHub's OAuth web application flow, with PKCE. It has no ID token: the account comes from the
/// REST API (`/user`, `/user/emails`, `/user/memberships/orgs/{org}`).
///
/// Thread-safe.
final class GithubProvider implements LoginProvider {
    private static final String JSON = "application/vnd.github+json";

    private final ProviderSettings settings;
    private final ProviderSettings.Kind.Github where;
    private final URI callback;
    private final ProviderHttp http;

    GithubProvider(
            ProviderSettings settings,
            ProviderSettings.Kind.Github where,
            URI callback,
            ProviderHttp http) {
        this.settings = settings;
        this.where = where;
        this.callback = callback;
        this.http = http;
    }

    @Override
    public URI authorization(PendingLogin pending) {
        return new AuthorizationRequest.Builder(
                        ResponseType.CODE, new ClientID(settings.clientId()))
                .endpointURI(below(where.url(), "/login/oauth/authorize"))
                .redirectionURI(callback)
                .scope(scope())
                .state(new State(pending.state()))
                .codeChallenge(new CodeVerifier(pending.verifier()), CodeChallengeMethod.S256)
                .build()
                .toURI();
    }

    @Override
    public VerifiedAccount account(URI answered, PendingLogin pending) throws LoginException {
        var code = AuthorizationCallback.code(answered, pending, null, null);
        var grant =
                new AuthorizationCodeGrant(code, callback, new CodeVerifier(pending.verifier()));
        var token = token(grant);
        if (!(get(token, "/user") instanceof JsonObject user)
                || !(user.get("id") instanceof JsonPrimitive id)) {
            throw malformed("the user");
        }
        var login = text(user, "login");
        var name = text(user, "name");
        return new VerifiedAccount(
                settings.id(),
                id.getAsString(),
                name == null ? String.valueOf(login) : name,
                verifiedEmails(token),
                organisations(token));
    }

    private String token(AuthorizationCodeGrant grant) throws LoginException {
        var authentication =
                new ClientSecretPost(
                        new ClientID(settings.clientId()),
                        new Secret(settings.clientSecret().current().reveal()));
        var request =
                new TokenRequest.Builder(
                                below(where.url(), "/login/oauth/access_token"),
                                authentication,
                                grant)
                        .build()
                        .toHTTPRequest();
        request.setAccept("application/json");
        if (!(json(request) instanceof JsonObject answer)) {
            throw malformed("the token");
        }
        // GitHub reports errors with status 200.
        var error = text(answer, "error");
        if (error != null) {
            throw AuthorizationCallback.refused(new ErrorObject(error));
        }
        var token = text(answer, "access_token");
        if (token == null || !"bearer".equalsIgnoreCase(text(answer, "token_type"))) {
            throw malformed("the token");
        }
        return token;
    }

    /// The verified addresses, the primary one first.
    private List<String> verifiedEmails(String token) throws LoginException {
        if (!(get(token, "/user/emails") instanceof JsonArray emails)) {
            throw malformed("the e-mail addresses");
        }
        var found = new ArrayList<String>();
        for (var one : emails) {
            if (one instanceof JsonObject email && isTrue(email, "verified")) {
                var address = text(email, "email");
                if (address != null) {
                    found.add(
                            isTrue(email, "primary") ? 0 : found.size(),
                            address.toLowerCase(Locale.ROOT));
                }
            }
        }
        return found;
    }

    private Set<String> organisations(String token) throws LoginException {
        var member = new HashSet<String>();
        if (settings.admit() instanceof AdmissionRule.Organisations(var names)) {
            for (var name : names) {
                var path =
                        "/user/memberships/orgs/" + URLEncoder.encode(name, StandardCharsets.UTF_8);
                if (get(token, path) instanceof JsonObject membership
                        && "active".equals(text(membership, "state"))) {
                    member.add(name);
                }
            }
        }
        return member;
    }

    /// Null for 403 and 404, which mean that the account does not have the resource.
    private @Nullable JsonElement get(String token, String path) throws LoginException {
        var request = new HTTPRequest(HTTPRequest.Method.GET, below(where.apiUrl(), path));
        request.setAuthorization("Bearer " + token);
        request.setAccept(JSON);
        return json(request);
    }

    private @Nullable JsonElement json(HTTPRequest request) throws LoginException {
        try {
            var answer = http.send(request);
            int status = answer.getStatusCode();
            if (status == 429 || status >= 500 || isRateLimited(answer)) {
                throw new LoginException(LoginFailure.PROVIDER_DOWN, "status " + status);
            }
            if (status == 403 || status == 404) {
                return null;
            }
            if (status != 200) {
                throw new LoginException(LoginFailure.PROVIDER_REFUSED, "status " + status);
            }
            return JsonParser.parseString(String.valueOf(answer.getBody()));
        } catch (IOException unreachable) {
            throw new LoginException(LoginFailure.PROVIDER_DOWN, "no answer", unreachable);
        } catch (JsonParseException notJson) {
            throw new LoginException(LoginFailure.PROVIDER_ANSWER, "no JSON", notJson);
        }
    }

    /// Whether a refusal is a rate limit and says nothing about the account: GitHub answers both
    /// its primary and its secondary limit with 403 or 429 (GitHub's "Rate limits for the REST
    /// API").
    private static boolean isRateLimited(ReadOnlyHTTPResponse answer) {
        var headers = answer.getHeaderMap();
        return answer.getStatusCode() == 403
                && (headers.containsKey(ProviderHttp.RETRY_AFTER)
                        || List.of("0").equals(headers.get(ProviderHttp.RATE_LIMIT_REMAINING))
                        || String.valueOf(answer.getBody())
                                .toLowerCase(Locale.ROOT)
                                .contains("rate limit"));
    }

    private Scope scope() {
        var scope = new Scope(settings.scopes().toArray(String[]::new));
        if (settings.admit() instanceof AdmissionRule.Organisations) {
            scope.add("read:org");
        }
        return scope;
    }

    private static URI below(URI base, String path) {
        return URI.create(base.toString().replaceFirst("/$", "") + path);
    }

    private static LoginException malformed(String what) {
        return new LoginException(LoginFailure.PROVIDER_ANSWER, "a malformed answer to " + what);
    }

    private static @Nullable String text(JsonObject json, String member) {
        return json.get(member) instanceof JsonPrimitive text && text.isString()
                ? text.getAsString()
                : null;
    }

    private static boolean isTrue(JsonObject json, String member) {
        return json.get(member) instanceof JsonPrimitive truth
                && truth.isBoolean()
                && truth.getAsBoolean();
    }
}

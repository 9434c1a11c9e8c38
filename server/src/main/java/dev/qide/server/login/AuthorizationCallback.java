package dev.qide.server.login;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.id.Issuer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// Reads the authorization response (RFC 6749, section 4.1.2) in the query of the callback.
final class AuthorizationCallback {
    private static final String ACCESS_DENIED = "access_denied";
    private static final String INVALID_GRANT = "invalid_grant";

    private AuthorizationCallback() {}

    /// The authorization code of the answer to this login.
    ///
    /// @param required the issuer that the answer must name; null when it need not name one
    /// @param issuer the issuer that the answer may name; null for a provider without one
    static AuthorizationCode code(
            URI answered, PendingLogin pending, @Nullable Issuer required, @Nullable Issuer issuer)
            throws LoginException {
        AuthorizationResponse answer;
        try {
            answer = AuthorizationResponse.parse(answered);
        } catch (ParseException malformed) {
            throw new LoginException(LoginFailure.PROVIDER_ANSWER, "a malformed answer", malformed);
        }
        var state = answer.getState();
        if (state == null || !isSame(state.getValue(), pending.state())) {
            throw new LoginException(LoginFailure.STATE_WRONG, "the state differs");
        }
        var named = answer.getIssuer();
        if (named == null ? required != null : !named.equals(issuer)) {
            throw new LoginException(LoginFailure.TOKEN_INVALID, "the answer has another issuer");
        }
        if (!answer.indicatesSuccess()) {
            throw refused(answer.toErrorResponse().getErrorObject());
        }
        var code = answer.toSuccessResponse().getAuthorizationCode();
        if (code == null) {
            throw new LoginException(LoginFailure.PROVIDER_ANSWER, "no code");
        }
        return code;
    }

    /// Maps an OAuth error to a failure.
    static LoginException refused(@Nullable ErrorObject error) {
        var code = error == null || error.getCode() == null ? "" : error.getCode();
        return switch (code) {
            case ACCESS_DENIED, "login_required", "consent_required", "interaction_required" ->
                    new LoginException(LoginFailure.DENIED, "denied");
            case INVALID_GRANT, "bad_verification_code" ->
                    new LoginException(LoginFailure.CODE_REFUSED, "the code was refused");
            case "temporarily_unavailable", "server_error" ->
                    new LoginException(LoginFailure.PROVIDER_DOWN, "the provider is unavailable");
            default -> new LoginException(LoginFailure.PROVIDER_REFUSED, "refused");
        };
    }

    private static boolean isSame(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}

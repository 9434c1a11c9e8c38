package dev.qide.server.login;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.secrets.Envelope;
import dev.qide.server.secrets.Envelope.Binding;
import dev.qide.server.secrets.Envelope.UnsealException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// A login that has begun in a browser and not ended. The server stores nothing: the browser
/// returns the login in a cookie, which is encrypted and bound to the provider.
///
/// @param state binds the provider's answer to this browser
/// @param nonce binds the ID token to this login
/// @param verifier the PKCE code verifier (RFC 7636)
/// @param invitation the code of an invitation; null for none
/// @param linkedBy the id of the login whose person links the account; null to log in
/// @param replaces the id of the login that the browser had; null for none
/// @param until when it expires
public record PendingLogin(
        String provider,
        String state,
        String nonce,
        String verifier,
        @Nullable String invitation,
        @Nullable String linkedBy,
        @Nullable String replaces,
        Instant until) {
    /// The time that a person may take at the provider.
    public static final Duration LIFETIME = Duration.ofMinutes(10);

    private static final int COOKIE_CHARACTERS = 4_096;

    /// The purpose of a login.
    ///
    /// @param invitation the code of an invitation to accept; null for none
    /// @param linkedBy the id of the login whose person links the account; null to log in
    /// @param replaces the id of the login that the browser has; null for none
    public record Purpose(
            @Nullable String invitation, @Nullable String linkedBy, @Nullable String replaces) {}

    @Override
    public String toString() {
        return "PendingLogin[" + provider + "]";
    }

    /// The value of the cookie.
    String sealed(Envelope envelope) {
        var json = new JsonObject();
        json.addProperty("state", state);
        json.addProperty("nonce", nonce);
        json.addProperty("verifier", verifier);
        json.addProperty("until", until.getEpochSecond());
        if (invitation != null) {
            json.addProperty("invitation", invitation);
        }
        if (linkedBy != null) {
            json.addProperty("linkedBy", linkedBy);
        }
        if (replaces != null) {
            json.addProperty("replaces", replaces);
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(
                        envelope.seal(
                                json.toString().getBytes(StandardCharsets.UTF_8),
                                binding(provider)));
    }

    /// Reads the login from a cookie of this provider.
    ///
    /// @throws LoginException `STATE_MISSING` when there is none, or when it expired or was altered
    static PendingLogin opened(
            Envelope envelope, String provider, @Nullable String cookie, Instant now)
            throws LoginException {
        if (cookie == null || cookie.length() > COOKIE_CHARACTERS) {
            throw new LoginException(LoginFailure.STATE_MISSING, "no cookie");
        }
        JsonObject json;
        try {
            var sealed = Base64.getUrlDecoder().decode(cookie);
            var text = new String(envelope.open(sealed, binding(provider)), StandardCharsets.UTF_8);
            json = JsonParser.parseString(text).getAsJsonObject();
        } catch (UnsealException | IllegalArgumentException altered) {
            throw new LoginException(LoginFailure.STATE_MISSING, "not our cookie", altered);
        }
        var until = Instant.ofEpochSecond(json.get("until").getAsLong());
        if (!until.isAfter(now)) {
            throw new LoginException(LoginFailure.STATE_MISSING, "expired");
        }
        return new PendingLogin(
                provider,
                json.get("state").getAsString(),
                json.get("nonce").getAsString(),
                json.get("verifier").getAsString(),
                text(json, "invitation"),
                text(json, "linkedBy"),
                text(json, "replaces"),
                until);
    }

    private static @Nullable String text(JsonObject json, String member) {
        return json.has(member) ? json.get(member).getAsString() : null;
    }

    private static Binding binding(String provider) {
        return new Binding("login-provider:" + provider, "pending-login");
    }
}

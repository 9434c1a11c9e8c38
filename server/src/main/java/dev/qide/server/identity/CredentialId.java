package dev.qide.server.identity;

import java.util.Base64;

/// The id of a credential: the hash of a token or of a login's secret, from which neither can be
/// derived.
public record CredentialId(String value) {
    static CredentialId of(byte[] hash) {
        return new CredentialId(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }

    /// The id of a token or of a login's secret, whether it is valid or not.
    public static CredentialId ofSecret(String secret) {
        return of(Tokens.hash(secret));
    }

    byte[] hash() {
        return Base64.getUrlDecoder().decode(value);
    }
}

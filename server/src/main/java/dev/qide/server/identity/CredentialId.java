package dev.qide.server.identity;

import java.util.Base64;

/// Which credential was shown: the hash of a token or of a login's secret, which leads back to
/// neither.
public record CredentialId(String value) {
    static CredentialId of(byte[] hash) {
        return new CredentialId(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }

    byte[] hash() {
        return Base64.getUrlDecoder().decode(value);
    }
}

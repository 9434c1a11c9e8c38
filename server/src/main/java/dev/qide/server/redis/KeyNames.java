package dev.qide.server.redis;

import dev.qide.server.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The names of keys in Redis: a prefix, and 128 bits of an HMAC-SHA256 over the rate and the
/// person or address. The HMAC's key is the password of Redis, which all servers have and Redis
/// does not store, so nobody who reads the keys can guess addresses from them. Immutable.
final class KeyNames {
    static final String PREFIX = "qide:limits:";

    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 16;

    private final SecretKeySpec key;

    KeyNames(Secret password) {
        key =
                new SecretKeySpec(
                        ("qide-limits:" + password.reveal()).getBytes(StandardCharsets.UTF_8),
                        ALGORITHM);
    }

    String of(String rate, String subject) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            // No name of a rate contains the separator.
            var hash = mac.doFinal((rate + '\0' + subject).getBytes(StandardCharsets.UTF_8));
            var first = Arrays.copyOf(hash, BYTES);
            return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(first);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

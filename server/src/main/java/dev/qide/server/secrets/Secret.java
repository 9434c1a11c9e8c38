package dev.qide.server.secrets;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// A password, key or token. `toString` returns `***`, so that no log, record or exception shows
/// it. As a [SecretSource] it is one that is never renewed. Immutable.
public final class Secret implements SecretSource {
    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    public static Secret of(String value) {
        return new Secret(value);
    }

    /// The value itself, for the call that needs it.
    public String reveal() {
        return value;
    }

    @Override
    public Secret current() {
        return this;
    }

    /// Compares in constant time, wherever the values differ.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }

    private byte[] bytes() {
        return value.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.qide.server.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;

/// A rate limit per key (an address, a person): token buckets, of which the least recently used are
/// evicted.
///
/// Thread-safe.
public final class RateLimiter {
    private static final int KEYS = 10_000;
    private static final Duration IDLE = Duration.ofMinutes(10);

    private final long capacity;
    private final Duration period;
    private final Cache<String, Bucket> buckets =
            Caffeine.newBuilder().maximumSize(KEYS).expireAfterAccess(IDLE).build();

    /// @param capacity the number per period, also the burst
    public RateLimiter(long capacity, Duration period) {
        this.capacity = capacity;
        this.period = period;
    }

    /// Takes a token; false when the key has none left.
    public boolean tryAcquire(String key) {
        return bucket(key).tryConsume(1);
    }

    /// Takes tokens; false, and takes none, when the key has too few left.
    boolean tryAcquire(String key, long tokens) {
        return bucket(key).tryConsume(tokens);
    }

    /// Takes a token if the key has one left, and says how many are left and how long to wait.
    ConsumptionProbe probe(String key) {
        return bucket(key).tryConsumeAndReturnRemaining(1);
    }

    /// How long until the key has a token; zero when it has one. Takes none.
    public Duration waitFor(String key) {
        return Duration.ofNanos(bucket(key).estimateAbilityToConsume(1).getNanosToWaitForRefill());
    }

    /// Whether the key has a token left. Takes none.
    public boolean hasTokens(String key) {
        return bucket(key).getAvailableTokens() > 0;
    }

    private Bucket bucket(String key) {
        return buckets.get(
                key,
                _ ->
                        Bucket.builder()
                                .addLimit(limit ->
                                        limit.capacity(capacity).refillGreedy(capacity, period))
                                .build());
    }
}

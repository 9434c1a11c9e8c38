package dev.qide.server.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A rate limit per key (an address, a person): token buckets, of which the least recently used are
/// evicted.
///
/// Thread-safe; nothing blocks.
public final class RateLimiter {
    private static final int KEYS = 10_000;
    private static final Duration IDLE = Duration.ofMinutes(10);

    private final SharedTokenBuckets.Rate rate;
    private final @Nullable SharedTokenBuckets shared;
    private final Cache<String, TokenBucket> buckets =
            Caffeine.newBuilder().maximumSize(KEYS).expireAfterAccess(IDLE).build();

    /// A rate of this server alone.
    ///
    /// @param capacity the number per period, also the burst
    public RateLimiter(long capacity, Duration period) {
        this(new SharedTokenBuckets.Rate("", capacity, period), null);
    }

    /// @param shared where servers count together; null when this one counts alone
    RateLimiter(SharedTokenBuckets.Rate rate, @Nullable SharedTokenBuckets shared) {
        this.rate = rate;
        this.shared = shared;
    }

    /// Takes a token; false when the key has none left.
    public boolean tryAcquire(String key) {
        return bucket(key).tryTake(1);
    }

    /// Takes tokens; false, and takes none, when the key has too few left.
    boolean tryAcquire(String key, long tokens) {
        return bucket(key).tryTake(tokens);
    }

    /// Takes a token if the key has one left, and says how many are left and how long to wait.
    ConsumptionProbe probe(String key) {
        return bucket(key).probe();
    }

    /// How long until the key has a token; zero when it has one. Takes none.
    public Duration waitFor(String key) {
        return Duration.ofNanos(bucket(key).nanosToWait());
    }

    /// Whether the key has a token left. Takes none.
    public boolean hasTokens(String key) {
        return bucket(key).available() > 0;
    }

    private TokenBucket bucket(String key) {
        return buckets.get(key, this::newBucket);
    }

    private TokenBucket newBucket(String key) {
        long capacity = rate.capacity();
        var own =
                Bucket.builder()
                        .addLimit(limit ->
                                limit.capacity(capacity).refillGreedy(capacity, rate.period()))
                        .build();
        return new TokenBucket(
                own, shared == null ? null : new TokenBucket.Sharing(shared, rate, key));
    }
}

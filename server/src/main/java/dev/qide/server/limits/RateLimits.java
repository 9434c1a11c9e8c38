package dev.qide.server.limits;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The rates of one server, or of several that count together, each per key: an address, a person,
/// a workspace. Thread-safe; nothing blocks.
public final class RateLimits {
    private final Limits limits;
    private final Map<Limit, RateLimiter> limiters = new EnumMap<>(Limit.class);
    private final Consumer<Limit> refused;
    private final @Nullable SharedTokenBuckets shared;

    /// The rates of a server that counts alone.
    ///
    /// @param refused called for each refusal; must not block
    public RateLimits(Limits limits, Consumer<Limit> refused) {
        this(limits, refused, null);
    }

    /// @param refused called for each refusal; must not block
    /// @param shared where servers count together; null when this one counts alone
    public RateLimits(Limits limits, Consumer<Limit> refused, @Nullable SharedTokenBuckets shared) {
        this.limits = limits;
        this.refused = refused;
        this.shared = shared;
        for (var limit : Limit.values()) {
            if (limit.isRate()) {
                limiters.put(limit, limiter(limit.wireName(), limits.of(limit), limit.period()));
            }
        }
    }

    /// Whether one more is admitted, and what is left.
    ///
    /// @param quota how many per `window`
    /// @param reset until the whole quota is there again
    /// @param retryAfter until one more is admitted; zero when this one is
    public record Decision(
            Limit limit,
            boolean isAdmitted,
            long quota,
            Duration window,
            long remaining,
            Duration reset,
            Duration retryAfter) {
        /// `TOO_MANY_REQUESTS` with the limit and the wait in milliseconds.
        public FailureException failure() {
            return new FailureException(
                    Failure.TOO_MANY_REQUESTS,
                    Map.of(
                            "limit",
                            limit.wireName(),
                            FailureBody.RETRY_AFTER_TAG,
                            Long.toString(Math.max(1, retryAfter.toMillis()))));
        }
    }

    public Limits limits() {
        return limits;
    }

    /// Counts one request.
    public Decision take(Limit limit, String key) {
        var limiter = limiter(limit);
        var probe = limiter.probe(key);
        if (!probe.isConsumed()) {
            refused.accept(limit);
        }
        return new Decision(
                limit,
                probe.isConsumed(),
                limits.of(limit),
                limit.period(),
                Math.max(0, probe.getRemainingTokens()),
                Duration.ofNanos(probe.getNanosToWaitForReset()),
                Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }

    /// Counts one request.
    ///
    /// @throws FailureException `TOO_MANY_REQUESTS` with the limit and the wait
    public void require(Limit limit, String key) {
        // The common case, without what only a refusal needs.
        if (!limiter(limit).tryAcquire(key)) {
            var decision = take(limit, key);
            if (!decision.isAdmitted()) {
                throw decision.failure();
            }
        }
    }

    /// Counts one message; false when it is too many or too much.
    ///
    /// @param length in bytes or characters
    public boolean admitsMessage(String key, int length) {
        if (!limiter(Limit.MESSAGES).tryAcquire(key)) {
            refused.accept(Limit.MESSAGES);
            return false;
        }
        if (length > 0 && !limiter(Limit.MESSAGE_BYTES).tryAcquire(key, length)) {
            refused.accept(Limit.MESSAGE_BYTES);
            return false;
        }
        return true;
    }

    /// Counts a refusal by a limit that is not a rate.
    public void refused(Limit limit) {
        refused.accept(limit);
    }

    /// The limiter of a rate that is no setting.
    ///
    /// @param name different from that of every other rate
    /// @param capacity the number per period, also the burst
    public RateLimiter limiter(String name, long capacity, Duration period) {
        return new RateLimiter(new SharedTokenBuckets.Rate(name, capacity, period), shared);
    }

    /// The limiter of a rate, for a caller that looks before it takes.
    public RateLimiter limiter(Limit limit) {
        return Objects.requireNonNull(limiters.get(limit));
    }
}

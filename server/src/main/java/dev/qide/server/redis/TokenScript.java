package dev.qide.server.redis;

import dev.qide.server.limits.SharedTokenBuckets.Report;

/// The shared token bucket: a script that Redis runs without interruption, by its own clock.
///
/// A key holds the tokens and the time at which they were counted. It expires two periods later,
/// when the bucket is full again whatever its debt. A missing bucket starts with the tokens of the
/// first server that reports, so that nothing is forgotten if Redis loses its data.
final class TokenScript {
    /// Arguments: capacity, period in microseconds, tokens taken, the reporting server's own
    /// tokens, whether it has counted alone (1). Answers the tokens, rounded down.
    ///
    /// The debt is at most the capacity, so that everybody waits at most one period. A clock that
    /// steps back adds nothing.
    static final String TEXT =
            """
            local capacity, period, taken, own = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local stored = redis.call('GET', KEYS[1])
            local tokens, at
            if stored then
              tokens, at = string.match(stored, '^(%S+) (%S+)$')
              tokens, at = tonumber(tokens), tonumber(at)
            end
            if tokens and at then
              tokens = math.min(capacity, tokens + math.max(0, now - at) * capacity / period)
              if ARGV[5] == '1' then tokens = math.min(tokens, own) else tokens = tokens - taken end
            else
              tokens = own
            end
            tokens = math.max(-capacity, tokens)
            redis.call('SET', KEYS[1], string.format('%.3f %.0f', tokens, now), 'PX', math.ceil(period / 500))
            return string.format('%.0f', math.floor(tokens))
            """;

    private static final long NANOS_PER_MICRO = 1_000;

    private TokenScript() {}

    static String[] arguments(Report report) {
        var rate = report.rate();
        return new String[] {
            Long.toString(rate.capacity()),
            Long.toString(rate.period().toNanos() / NANOS_PER_MICRO),
            Long.toString(report.taken()),
            Long.toString(report.left()),
            report.isAlone() ? "1" : "0"
        };
    }
}

package dev.qide.server.redis;

import java.util.Locale;

/// Whether a Redis server can be used, for `doctor`.
///
/// @param isUsable whether servers would count together
/// @param sentence the result; if it is not usable, also what to do
public record RedisCheck(boolean isUsable, String sentence) {
    private static final double NANOS_PER_MILLI = 1e6;

    /// Connects and runs the script; takes at most a few seconds.
    public static RedisCheck of(RedisAddress address) throws InterruptedException {
        try (var connector = new RedisConnector(address);
                var connection = connector.connect()) {
            long begun = System.nanoTime();
            var failure = RedisTokenBuckets.answer(connection, new KeyNames(address.password()));
            if (failure != null) {
                return new RedisCheck(false, failure.sentence(address));
            }
            return new RedisCheck(
                    true,
                    String.format(
                            Locale.ROOT,
                            "%s answers in %.1f ms: servers count rate limits together",
                            address,
                            (System.nanoTime() - begun) / NANOS_PER_MILLI));
        } catch (RedisConnection.FailedException failed) {
            return new RedisCheck(false, failed.failure().sentence(address));
        }
    }
}

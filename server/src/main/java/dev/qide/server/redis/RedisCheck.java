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
                var link = connector.connect()) {
            long begun = System.nanoTime();
            var loss = RedisCounts.answer(link, new KeyNames(address.password()));
            if (loss != null) {
                return new RedisCheck(false, loss.sentence(address));
            }
            return new RedisCheck(
                    true,
                    String.format(
                            Locale.ROOT,
                            "%s answers in %.1f ms: servers count rate limits together",
                            address,
                            (System.nanoTime() - begun) / NANOS_PER_MILLI));
        } catch (RedisLink.RedisLostException lost) {
            return new RedisCheck(false, lost.loss().sentence(address));
        }
    }
}

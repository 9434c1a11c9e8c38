package dev.qide.server.redis;

import java.util.Locale;

/// Why servers do not count together.
enum RedisFailure {
    UNREACHABLE("cannot be reached. Start it, or correct QIDE_REDIS_URL"),
    SILENT("does not answer within half a second. Look at its load and at the network"),
    REFUSED(
            "refuses the login or a command. Correct the user and the password in QIDE_REDIS_URL, the user's rights, or Redis's memory limit");

    private final String sentence;

    RedisFailure(String sentence) {
        this.sentence = sentence;
    }

    /// The sentence for the operator: the problem, and the action to take.
    String sentence(RedisAddress address) {
        return "Redis at %s %s. Until then each server counts its rate limits alone."
                .formatted(address, sentence);
    }

    /// The name in the log.
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}

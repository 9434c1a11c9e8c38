package dev.qide.server.ai.provider;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides when to retry a call, like OpenAI's and Anthropic's SDKs. `x-should-retry` decides;
/// without it, 408, 409, 429, 5xx and failed connections are retried at most twice. The delay is
/// `retry-after-ms` or `retry-after` (seconds or a date) up to one minute, else half a second,
/// doubled up to eight seconds, minus random jitter of up to a quarter. Thread-safe.
final class HttpRetryPolicy {
    static final int RETRIES = 2;
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(1);
    private static final double FIRST_SECONDS = 0.5;
    private static final double LONGEST_SECONDS = 8;

    private final InstantSource clock;
    private final RandomGenerator random;

    HttpRetryPolicy(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /// Whether a response with this status may be retried.
    static boolean allowsRetry(int status, HttpHeaders headers) {
        return switch (headers.firstValue("x-should-retry").orElse("")) {
            case "true" -> true;
            case "false" -> false;
            default -> status == 408 || status == 409 || status == 429 || status >= 500;
        };
    }

    /// The delay before a retry.
    ///
    /// @param retry the number of the retry, from 1
    /// @param retryAfter the provider's requested delay; null for none
    Duration delay(int retry, @Nullable Duration retryAfter) {
        if (retryAfter != null
                && !retryAfter.isNegative()
                && retryAfter.compareTo(LONGEST_RETRY_AFTER) <= 0) {
            return retryAfter;
        }
        double seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * Math.pow(2, retry - 1.0));
        return Duration.ofNanos((long) (seconds * 1e9 * (1 - random.nextDouble() / 4)));
    }

    /// The delay that a response requests; null for none.
    @Nullable Duration retryAfter(HttpHeaders headers) {
        var millis = number(headers.firstValue("retry-after-ms").orElse(""));
        if (millis != null) {
            return Duration.ofNanos((long) (millis * 1e6));
        }
        var after = headers.firstValue("retry-after").orElse("");
        var seconds = number(after);
        if (seconds != null) {
            return Duration.ofNanos((long) (seconds * 1e9));
        }
        try {
            return after.isEmpty()
                    ? null
                    : Duration.between(
                            clock.instant(),
                            ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeParseException _) {
            return null;
        }
    }

    private static @Nullable Double number(String text) {
        if (!text.matches("\\d{1,9}(\\.\\d{1,9})?")) {
            return null;
        }
        return Double.valueOf(text);
    }
}

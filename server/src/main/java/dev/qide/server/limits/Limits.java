package dev.qide.server.limits;

import java.time.Duration;

/// The rates and sizes that one server admits; the defaults are those of local mode.
///
/// @param messagesPerSecond messages per second of one person over all sockets, also the burst
/// @param loginFailures failed logins per minute of one address
/// @param logins logins by a provider that one address may begin or end per minute
/// @param messageBytes the largest message of an authenticated socket
public record Limits(int messagesPerSecond, int loginFailures, int logins, int messageBytes) {
    /// The period of `loginFailures` and `logins`.
    public static final Duration LOGIN_PERIOD = Duration.ofMinutes(1);

    public static Limits local() {
        return new Limits(5_000, 20, 60, 8 << 20);
    }
}

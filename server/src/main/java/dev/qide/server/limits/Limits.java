package dev.qide.server.limits;

import java.time.Duration;

/// How much one server admits; the defaults are those of local mode.
///
/// @param messagesPerSecond messages of one person over all sockets, also the burst
/// @param loginFailures failed logins of one address in a minute
/// @param messageBytes the largest message of a logged-in socket
public record Limits(int messagesPerSecond, int loginFailures, int messageBytes) {
    /// The period that `loginFailures` counts in.
    public static final Duration LOGIN_PERIOD = Duration.ofMinutes(1);

    public static Limits local() {
        return new Limits(5_000, 20, 8 << 20);
    }
}

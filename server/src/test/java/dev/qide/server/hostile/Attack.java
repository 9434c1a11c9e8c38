package dev.qide.server.hostile;

import java.time.Duration;
import java.util.function.Supplier;

/// One kind of attack: so many connections, each of which comes again when it has ended.
///
/// @param name what the table of figures calls it
/// @param connections connections at the same time
/// @param reconnectDelay how long a connection that ended waits before the next one is made
/// @param receiveBytes the kernel's receive buffer of each, 0 for its default
/// @param client makes what each connection does
record Attack(
        String name,
        int connections,
        Duration reconnectDelay,
        int receiveBytes,
        TcpConnection.Pace pace,
        Supplier<TcpConnection.Client> client) {
    private static final int SMALL_BUFFER = 4 << 10;

    /// Reads 2 KiB each half second: a line that lives, and takes an hour for what is large.
    private static final TcpConnection.Pace SLOW =
            new TcpConnection.Pace(2 << 10, Duration.ofMillis(500));

    static Attack reading(
            String name, int lines, Duration again, Supplier<TcpConnection.Client> client) {
        return new Attack(name, lines, again, 0, TcpConnection.Pace.AT_ONCE, client);
    }

    static Attack slow(
            String name, int lines, Duration again, Supplier<TcpConnection.Client> client) {
        return new Attack(name, lines, again, SMALL_BUFFER, SLOW, client);
    }
}

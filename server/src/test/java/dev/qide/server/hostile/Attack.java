package dev.qide.server.hostile;

import java.time.Duration;
import java.util.function.Supplier;

/// One kind of attack: a number of connections, each of which reconnects when it has ended.
///
/// @param name its name in the table of figures
/// @param connections the number of concurrent connections
/// @param reconnectDelay the pause before a connection is replaced after its end
/// @param receiveBytes the kernel's receive buffer of each connection, 0 for its default
/// @param client creates the behaviour of each connection
record Attack(
        String name,
        int connections,
        Duration reconnectDelay,
        int receiveBytes,
        TcpConnection.Pace pace,
        Supplier<TcpConnection.Client> client) {
    private static final int SMALL_BUFFER = 4 << 10;

    /// Reads 2 KiB each half second: the connection makes progress, but takes an hour for large
    /// content.
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

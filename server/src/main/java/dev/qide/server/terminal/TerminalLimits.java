package dev.qide.server.terminal;

import java.time.Duration;

/// The bounds of terminals.
///
/// @param ofPerson terminals of one person on this server
/// @param ofWorkspace terminals of all people in one workspace
/// @param ofServer terminals on this server
/// @param detached how long a terminal waits for a client
/// @param grace how long a program may take to end after SIGHUP
public record TerminalLimits(
        int ofPerson, int ofWorkspace, int ofServer, Duration detached, Duration grace) {
    public static final TerminalLimits STANDARD =
            new TerminalLimits(8, 32, 64, Duration.ofMinutes(10), Duration.ofSeconds(1));

    /// UTF-16 units of one request with input.
    public static final int INPUT_CHARACTERS = 16 << 10;

    /// Bytes of input that wait for a program.
    static final int INPUT_BYTES = 64 << 10;

    /// UTF-16 units that a client may have unacknowledged.
    static final int WINDOW_CHARACTERS = 64 << 10;

    /// UTF-16 units of one notification with output.
    static final int OUTPUT_CHARACTERS = 16 << 10;

    /// Bytes of output within one [#PACE].
    static final int PACE_BYTES = 400 << 10;

    /// 4 MiB a second in parts, so that a fast program does not occupy the server.
    static final Duration PACE = Duration.ofMillis(100);
}

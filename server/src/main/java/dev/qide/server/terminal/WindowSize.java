package dev.qide.server.terminal;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;

/// The size of a terminal in characters.
///
/// @param columns 1 to 1,000
/// @param rows 1 to 1,000
public record WindowSize(int columns, int rows) {
    private static final int MOST = 1_000;

    /// @throws FailureException `INVALID_PARAMS` with the `parameter`
    public WindowSize {
        check("columns", columns);
        check("rows", rows);
    }

    private static void check(String parameter, int value) {
        if (value < 1 || value > MOST) {
            throw new FailureException(
                    Failure.INVALID_PARAMS,
                    Map.of("parameter", parameter, "least", "1", "most", Integer.toString(MOST)));
        }
    }
}

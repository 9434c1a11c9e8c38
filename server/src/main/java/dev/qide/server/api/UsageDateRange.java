package dev.qide.server.api;

import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The days that a usage report covers, in UTC, both included; by default the current month.
record UsageDateRange(LocalDate from, LocalDate to) {
    /// @throws FailureException `INVALID_PARAMS` for a value that is not a day
    static UsageDateRange of(RequestHead head) {
        var to = day(head.parameter("to"), LocalDate.now(ZoneOffset.UTC));
        return new UsageDateRange(day(head.parameter("from"), to.withDayOfMonth(1)), to);
    }

    private static LocalDate day(@Nullable String text, LocalDate otherwise) {
        try {
            return text == null ? otherwise : LocalDate.parse(text);
        } catch (DateTimeParseException malformed) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("reason", "not-a-day"), malformed);
        }
    }
}

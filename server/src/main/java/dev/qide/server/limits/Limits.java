package dev.qide.server.limits;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/// The rates and sizes that one server admits.
///
/// @param values one for each [Limit]
public record Limits(Map<Limit, Long> values) {
    /// The largest message of an authenticated socket, in bytes.
    public static final int MESSAGE_BYTES = 8 << 20;

    public Limits {
        values = Map.copyOf(values);
    }

    /// The defaults, those of local mode.
    public static Limits local() {
        return new Limits(Limit.defaults());
    }

    /// The defaults with changes: `reads=600,messages=100`.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    public static Limits parse(String setting) {
        var values = new EnumMap<>(Limit.defaults());
        for (var part : setting.split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            var equals = part.indexOf('=');
            var name = equals < 0 ? part.strip() : part.substring(0, equals).strip();
            var limit = Limit.named(name);
            if (limit == null) {
                throw new IllegalArgumentException(
                        "QIDE_LIMITS names %s: use one of %s."
                                .formatted(name, String.join(", ", Limit.names())));
            }
            values.put(limit, value(limit, equals < 0 ? "" : part.substring(equals + 1).strip()));
        }
        return new Limits(values);
    }

    /// The value of a limit, per its period if it is a rate.
    public long of(Limit limit) {
        return Objects.requireNonNull(values.get(limit));
    }

    private static long value(Limit limit, String text) {
        if (text.matches("[0-9]{1,10}")) {
            long value = Long.parseLong(text);
            if (value >= limit.least() && value <= Limit.MOST) {
                return value;
            }
        }
        throw new IllegalArgumentException(
                "QIDE_LIMITS: %s must be a whole number from %d to %d."
                        .formatted(limit.wireName(), limit.least(), Limit.MOST));
    }
}

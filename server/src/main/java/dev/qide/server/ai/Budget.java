package dev.qide.server.ai;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A bound on what models may cost in a period (UTC).
///
/// @param name of one person (its id) or workspace; `*` for each of them
/// @param tokens input and output together; null for no bound
/// @param cost in the currency of the prices; null for no bound
/// @param soft the share at which a warning is logged once
public record Budget(
        Scope scope,
        String name,
        Period period,
        @Nullable Long tokens,
        @Nullable BigDecimal cost,
        double soft) {
    /// Whose calls count together.
    public enum Scope {
        PERSON,
        WORKSPACE,
        SERVER;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum Period {
        DAY,
        MONTH;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The first day of the period that a day belongs to.
        public LocalDate start(LocalDate day) {
            return switch (this) {
                case DAY -> day;
                case MONTH -> day.withDayOfMonth(1);
            };
        }
    }

    /// The name under which the calls of somebody count; null when this budget does not apply.
    @Nullable String subject(String person, String workspace) {
        var own =
                switch (scope) {
                    case PERSON -> person;
                    case WORKSPACE -> workspace;
                    case SERVER -> "";
                };
        boolean applies =
                scope == Scope.SERVER || (!own.isEmpty() && (name.equals("*") || name.equals(own)));
        return applies ? own : null;
    }
}

package dev.qide.server.ai;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A limit on what models may cost in a period (UTC).
///
/// @param name the id of a person, or the name of a workspace or an organisation; `*` for each of
///   them
/// @param tokens input and output together; null for no limit
/// @param cost in the currency of the prices; null for no limit
/// @param soft the share at which to log a warning, once
public record Budget(
        Scope scope,
        String name,
        Period period,
        @Nullable Long tokens,
        @Nullable BigDecimal cost,
        double soft) {
    /// [#soft] unless a budget says otherwise.
    static final double DEFAULT_SOFT = 0.8;

    /// The scope whose calls count together.
    public enum Scope {
        PERSON,
        WORKSPACE,
        /// The workspaces of an organisation, and the calls at `/v1` that belong to it.
        ORGANISATION,
        SERVER;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum Period {
        DAY,
        MONTH;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The first day of the period that contains a day.
        public LocalDate start(LocalDate day) {
            return switch (this) {
                case DAY -> day;
                case MONTH -> day.withDayOfMonth(1);
            };
        }
    }

    /// The account that a call is charged to; null when this budget does not apply to it.
    @Nullable String subject(UsageAttribution attribution) {
        var own =
                switch (scope) {
                    case PERSON -> attribution.person();
                    case WORKSPACE -> attribution.workspace();
                    case ORGANISATION -> attribution.organisation();
                    case SERVER -> "";
                };
        boolean isKnown = scope == Scope.SERVER || !own.isEmpty();
        return isKnown && isFor(own) ? own : null;
    }

    /// Whether this budget is for a person, workspace or organisation of its scope; one of the
    /// server is for all calls, whatever its name.
    boolean isFor(String subject) {
        return scope == Scope.SERVER || name.equals("*") || name.equals(subject);
    }
}

package dev.qide.server.ai;

import dev.qide.server.store.UsageTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits calls within the budgets. Each call reserves its maximum cost before it starts and
/// settles its actual cost afterwards. A call is admitted while less than the budget is spent and
/// reserved, so calls exceed a budget by at most one reservation. Thread-safe.
final class Budgets {
    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final int LOADED_SUMS = 1_000_000;
    private static final String SCOPE = "scope";

    private final List<Budget> ofFile;
    private final InstantSource clock;
    private final Metrics.LabelledCounter refusals;
    private final Metrics.LabelledCounter warnings;

    /// Those that owners of organisations set, by organisation. Guarded by [#accounts].
    private Map<String, List<Budget>> stored = Map.of();

    /// The accounts without those of earlier periods. Those of organisations exist also without a
    /// budget, so that one can be set while the server runs. Guarded by itself.
    private final Map<Key, Account> accounts = new HashMap<>();

    private LocalDate swept;

    /// An account counts for every budget of its scope, period and subject.
    private record Key(Budget.Scope scope, Budget.Period period, String subject, LocalDate start) {}

    /// The amounts spent and reserved.
    private static final class Account {
        private long tokens;
        private long micros;
        private final Set<Budget> warned = new HashSet<>();
    }

    /// The amounts spent and reserved in the current period.
    record Spent(long tokens, long micros) {}

    Budgets(List<Budget> ofFile, InstantSource clock, Metrics metrics) {
        this.ofFile = List.copyOf(ofFile);
        this.clock = clock;
        refusals =
                metrics.counter(
                        "qide_ai_budget_refusals_total",
                        "Model calls that a budget refused, by the budget's scope.",
                        SCOPE);
        warnings =
                metrics.counter(
                        "qide_ai_budget_warnings_total",
                        "Warnings that a budget for models is nearly spent, by the budget's scope.",
                        SCOPE);
        swept = today();
    }

    /// Adds the amounts spent before this server started.
    void load(UsageTable table) {
        var today = today();
        var start = today.withDayOfMonth(1);
        for (var sum : table.byOrganisation(start, today)) {
            synchronized (accounts) {
                ofOrganisation(sum.organisation(), sum.day())
                        .filter(key -> isCurrent(key, today))
                        .forEach(key -> add(key, sum.tokens(), sum.costMicros()));
            }
        }
        if (ofFile.stream().allMatch(budget -> budget.scope() == Budget.Scope.ORGANISATION)) {
            return;
        }
        for (var sum : table.between(start, today, null, LOADED_SUMS)) {
            var subject = sum.subject();
            long tokens = sum.inputTokens() + sum.outputTokens();
            synchronized (accounts) {
                keys(UsageAttribution.of(subject), subject.day()).stream()
                        .filter(key -> key.scope() != Budget.Scope.ORGANISATION)
                        .filter(key -> isCurrent(key, today))
                        .forEach(key -> add(key, tokens, sum.costMicros()));
            }
        }
    }

    /// Replaces the budgets that owners of organisations set.
    void setStored(List<Budget> budgets) {
        synchronized (accounts) {
            stored = budgets.stream().collect(Collectors.groupingBy(Budget::name));
        }
    }

    /// The budgets of the models file that apply to an organisation's calls together.
    List<Budget> ofFile(String organisation) {
        return ofFile.stream()
                .filter(budget -> budget.scope() == Budget.Scope.ORGANISATION)
                .filter(budget -> budget.isFor(organisation))
                .toList();
    }

    /// The budgets that the owners of an organisation set.
    List<Budget> stored(String organisation) {
        synchronized (accounts) {
            return List.copyOf(stored.getOrDefault(organisation, List.of()));
        }
    }

    /// The amounts that an organisation's calls have spent and reserved in the current period.
    Spent spent(String organisation, Budget.Period period) {
        var key = new Key(Budget.Scope.ORGANISATION, period, organisation, period.start(today()));
        synchronized (accounts) {
            var account = accounts.getOrDefault(key, new Account());
            return new Spent(account.tokens, account.micros);
        }
    }

    /// Reserves the maximum cost of a call.
    ///
    /// @throws FailureException `BUDGET_EXHAUSTED` with the tags `scope`, `period` and `bound`
    Reservation reserve(Caller caller, long tokens, long micros) {
        var attribution = UsageAttribution.of(caller);
        synchronized (accounts) {
            sweep();
            var today = today();
            for (var budget : applying(attribution)) {
                var key = key(budget, attribution, today);
                require(budget, accounts.getOrDefault(key, new Account()));
            }
            var keys = keys(attribution, today);
            var reservation = new Reservation(keys, tokens, micros);
            keys.forEach(key -> change(key, tokens, micros));
            return reservation;
        }
    }

    private void require(Budget budget, Account account) {
        boolean exceedsTokens = budget.tokens() != null && account.tokens >= budget.tokens();
        boolean exceedsCost =
                budget.cost() != null
                        && account.micros >= budget.cost().movePointRight(6).longValue();
        if (exceedsTokens || exceedsCost) {
            refusals.increment(budget.scope().wireName());
            throw new FailureException(
                    Failure.BUDGET_EXHAUSTED,
                    Map.of(
                            "scope",
                            budget.scope().wireName(),
                            "period",
                            budget.period().wireName(),
                            "bound",
                            exceedsTokens ? "tokens" : "cost"));
        }
    }

    private Account add(Key key, long tokens, long micros) {
        var account = accounts.computeIfAbsent(key, _ -> new Account());
        account.tokens += tokens;
        account.micros += micros;
        return account;
    }

    private void change(Key key, long tokens, long micros) {
        var account = add(key, tokens, micros);
        of(key).filter(budget -> isNearlySpent(budget, account))
                .filter(account.warned::add)
                .forEach(this::warn);
    }

    private void warn(Budget budget) {
        warnings.increment(budget.scope().wireName());
        LOG.atWarn()
                .addKeyValue("event.action", "ai.budget_nearly_spent")
                .addKeyValue("reason", budget.scope().wireName())
                .log("a model budget is nearly spent");
    }

    private static boolean isNearlySpent(Budget budget, Account account) {
        return (budget.tokens() != null && account.tokens >= budget.soft() * budget.tokens())
                || (budget.cost() != null
                        && account.micros >= budget.soft() * 1e6 * budget.cost().doubleValue());
    }

    /// The budgets for which an account counts.
    private Stream<Budget> of(Key key) {
        var all =
                key.scope() == Budget.Scope.ORGANISATION
                        ? Stream.concat(ofFile.stream(), storedFor(key.subject()))
                        : ofFile.stream();
        return all.filter(budget -> budget.scope() == key.scope())
                .filter(budget -> budget.period() == key.period())
                .filter(budget -> budget.isFor(key.subject()));
    }

    /// The budgets that apply to a call, those of the models file first.
    private List<Budget> applying(UsageAttribution attribution) {
        return Stream.concat(ofFile.stream(), storedFor(attribution.organisation()))
                .filter(budget -> budget.subject(attribution) != null)
                .toList();
    }

    private Stream<Budget> storedFor(String organisation) {
        return stored.getOrDefault(organisation, List.of()).stream();
    }

    /// The accounts that a call is charged to.
    private Set<Key> keys(UsageAttribution attribution, LocalDate day) {
        var ofBudgets = applying(attribution).stream().map(budget -> key(budget, attribution, day));
        return Stream.concat(ofOrganisation(attribution.organisation(), day), ofBudgets)
                .collect(Collectors.toSet());
    }

    private static Stream<Key> ofOrganisation(String organisation, LocalDate day) {
        return organisation.isEmpty()
                ? Stream.of()
                : Arrays.stream(Budget.Period.values())
                        .map(period ->
                                new Key(
                                        Budget.Scope.ORGANISATION,
                                        period,
                                        organisation,
                                        period.start(day)));
    }

    /// The account that a call is charged to under a budget that applies to it.
    private static Key key(Budget budget, UsageAttribution attribution, LocalDate day) {
        return new Key(
                budget.scope(),
                budget.period(),
                Objects.requireNonNull(budget.subject(attribution)),
                budget.period().start(day));
    }

    private static boolean isCurrent(Key key, LocalDate today) {
        return key.start().equals(key.period().start(today));
    }

    private void sweep() {
        var today = today();
        if (!today.equals(swept)) {
            swept = today;
            accounts.keySet().removeIf(key -> !isCurrent(key, today));
        }
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /// The reservation of one call.
    final class Reservation {
        private final Set<Key> keys;
        private final long tokens;
        private final long micros;
        private boolean isSettled;

        private Reservation(Set<Key> keys, long tokens, long micros) {
            this.keys = keys;
            this.tokens = tokens;
            this.micros = micros;
        }

        /// Replaces the reservation by the actual cost; later calls have no effect.
        void settle(long spentTokens, long spentMicros) {
            synchronized (accounts) {
                if (!isSettled) {
                    isSettled = true;
                    keys.forEach(key -> change(key, spentTokens - tokens, spentMicros - micros));
                }
            }
        }
    }
}

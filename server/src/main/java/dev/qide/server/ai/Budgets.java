package dev.qide.server.ai;

import dev.qide.server.store.UsageTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits calls within the budgets. Each call reserves its maximum cost before it starts and
/// settles its actual cost afterwards. A call is admitted while less than the budget is spent and
/// reserved, so calls exceed a budget by at most one reservation. Thread-safe.
final class Budgets {
    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final int LOADED_SUMS = 1_000_000;

    private final List<Budget> budgets;
    private final InstantSource clock;

    /// The accounts by budget, subject and first day of the period, without earlier periods.
    /// Guarded by itself.
    private final Map<Key, Account> accounts = new HashMap<>();

    private LocalDate swept;

    private record Key(int budget, String subject, LocalDate start) {}

    /// The amounts spent and reserved.
    private static final class Account {
        private long tokens;
        private long micros;
        private boolean isWarned;
    }

    Budgets(List<Budget> budgets, InstantSource clock) {
        this.budgets = List.copyOf(budgets);
        this.clock = clock;
        swept = today();
    }

    /// Adds the amounts spent before this server started.
    void load(UsageTable table) {
        if (budgets.isEmpty()) {
            return;
        }
        var today = today();
        for (var sum : table.between(today.withDayOfMonth(1), today, null, LOADED_SUMS)) {
            var subject = sum.subject();
            synchronized (accounts) {
                for (var key :
                        keys(subject.person().toString(), subject.workspace(), subject.day())) {
                    var period = budgets.get(key.budget()).period();
                    if (key.start().equals(period.start(today))) {
                        var account = accounts.computeIfAbsent(key, _ -> new Account());
                        account.tokens += sum.inputTokens() + sum.outputTokens();
                        account.micros += sum.costMicros();
                    }
                }
            }
        }
    }

    /// Reserves the maximum cost of a call.
    ///
    /// @throws FailureException `BUDGET_EXHAUSTED` with the tags `scope`, `period` and `bound`
    Reservation reserve(Caller caller, long tokens, long micros) {
        var keys =
                keys(
                        caller.principal(),
                        caller.workspace() == null ? "" : caller.workspace(),
                        today());
        synchronized (accounts) {
            sweep();
            for (var key : keys) {
                require(budgets.get(key.budget()), accounts.getOrDefault(key, new Account()));
            }
            var reservation = new Reservation(keys, tokens, micros);
            keys.forEach(key -> change(key, tokens, micros));
            return reservation;
        }
    }

    private static void require(Budget budget, Account account) {
        boolean exceedsTokens = budget.tokens() != null && account.tokens >= budget.tokens();
        boolean exceedsCost =
                budget.cost() != null
                        && account.micros >= budget.cost().movePointRight(6).longValue();
        if (exceedsTokens || exceedsCost) {
            throw new FailureException(
                    Failure.BUDGET_EXHAUSTED,
                    Map.of(
                            "scope",
                            budget.scope().word(),
                            "period",
                            budget.period().word(),
                            "bound",
                            exceedsTokens ? "tokens" : "cost"));
        }
    }

    private void change(Key key, long tokens, long micros) {
        var account = accounts.computeIfAbsent(key, _ -> new Account());
        account.tokens += tokens;
        account.micros += micros;
        var budget = budgets.get(key.budget());
        boolean isSoft =
                (budget.tokens() != null && account.tokens >= budget.soft() * budget.tokens())
                        || (budget.cost() != null
                                && account.micros
                                        >= budget.soft() * 1e6 * budget.cost().doubleValue());
        if (isSoft && !account.isWarned) {
            account.isWarned = true;
            LOG.atWarn()
                    .addKeyValue("event.action", "ai.budget_nearly_spent")
                    .addKeyValue("reason", budget.scope().word())
                    .log("a model budget is nearly spent");
        }
    }

    private List<Key> keys(String person, String workspace, LocalDate day) {
        var keys = new ArrayList<Key>();
        for (int i = 0; i < budgets.size(); i++) {
            var budget = budgets.get(i);
            var subject = budget.subject(person, workspace);
            if (subject != null) {
                keys.add(new Key(i, subject, budget.period().start(day)));
            }
        }
        return keys;
    }

    private void sweep() {
        var today = today();
        if (!today.equals(swept)) {
            swept = today;
            accounts.keySet()
                    .removeIf(key ->
                            !key.start().equals(budgets.get(key.budget()).period().start(today)));
        }
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /// The reservation of one call.
    final class Reservation {
        private final List<Key> keys;
        private final long tokens;
        private final long micros;
        private boolean isSettled;

        private Reservation(List<Key> keys, long tokens, long micros) {
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

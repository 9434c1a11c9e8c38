package dev.qide.server.ai;

import dev.qide.server.store.OrganisationBudgetTable;
import dev.qide.server.store.OrganisationBudgetTable.Limits;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.NewOrganisationBudget;
import dev.qide.wire.OrganisationBudgetList;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Changes the budgets of organisations while the server runs. Those of the models file hold beside
/// them, so that an owner cannot raise what the operator allows. Thread-safe; calls block on the
/// database and throw `STORE_UNAVAILABLE` when it is down.
public final class OrganisationBudgets {
    private static final double MAX_COST = 1e9;
    private static final long MAX_TOKENS = 1_000_000_000_000_000L;

    private final Budgets budgets;
    private final OrganisationBudgetTable table;

    /// Held across a write on purpose, so that concurrent changes reach the table and the memory in
    /// the same order.
    private final ReentrantLock changing = new ReentrantLock();

    OrganisationBudgets(Budgets budgets, OrganisationBudgetTable table) {
        this.budgets = budgets;
        this.table = table;
        reload();
    }

    /// Reads what other servers of the database have changed. Blocks.
    void refresh() {
        changing.lock();
        try {
            reload();
        } finally {
            changing.unlock();
        }
    }

    /// The budgets of an organisation, those of the models file first.
    ///
    /// @param organisation its name
    public OrganisationBudgetList list(String organisation) {
        var all = new ArrayList<OrganisationBudgetList.Entry>();
        budgets.ofFile(organisation).forEach(budget -> all.add(entry(organisation, budget, true)));
        budgets.stored(organisation).forEach(budget -> all.add(entry(organisation, budget, false)));
        return new OrganisationBudgetList(all);
    }

    /// Sets the budget of an organisation for a period, in place of an earlier one.
    ///
    /// @param period `day` or `month`
    /// @throws FailureException `INVALID_PARAMS` with the tags `member` and `reason`
    public void put(UUID organisation, String period, NewOrganisationBudget wanted) {
        var limits = new Limits(tokens(wanted), micros(wanted), soft(wanted));
        if (limits.tokens() == null && limits.costMicros() == null) {
            throw invalid("tokens", "a budget needs tokens or cost");
        }
        var known = period(period);
        changing.lock();
        try {
            table.put(organisation, known.name(), limits);
            reload();
        } finally {
            changing.unlock();
        }
    }

    /// Ends the budget of an organisation for a period, if there is one.
    ///
    /// @param period `day` or `month`
    /// @throws FailureException `INVALID_PARAMS` with the tags `member` and `reason`
    public void delete(UUID organisation, String period) {
        var known = period(period);
        changing.lock();
        try {
            table.delete(organisation, known.name());
            reload();
        } finally {
            changing.unlock();
        }
    }

    private void reload() {
        budgets.setStored(table.all().stream().map(OrganisationBudgets::budget).toList());
    }

    private static Budget budget(OrganisationBudgetTable.Row row) {
        var micros = row.limits().costMicros();
        return new Budget(
                Budget.Scope.ORGANISATION,
                row.organisation(),
                Budget.Period.valueOf(row.period()),
                row.limits().tokens(),
                micros == null ? null : BigDecimal.valueOf(micros, 6),
                row.limits().soft());
    }

    private OrganisationBudgetList.Entry entry(
            String organisation, Budget budget, boolean isOfFile) {
        var spent = budgets.spent(organisation, budget.period());
        var cost = budget.cost();
        return new OrganisationBudgetList.Entry(
                budget.period().wireName(),
                budget.tokens(),
                cost == null ? null : cost.doubleValue(),
                budget.soft(),
                spent.tokens(),
                BigDecimal.valueOf(spent.micros(), 6).doubleValue(),
                isOfFile);
    }

    private static Budget.Period period(String word) {
        return List.of(Budget.Period.values()).stream()
                .filter(period -> period.wireName().equals(word))
                .findFirst()
                .orElseThrow(() -> invalid("period", "day or month"));
    }

    private static @Nullable Long tokens(NewOrganisationBudget wanted) {
        var tokens = wanted.tokens();
        if (tokens != null && (tokens <= 0 || tokens > MAX_TOKENS)) {
            throw invalid("tokens", "1 to " + MAX_TOKENS);
        }
        return tokens;
    }

    private static @Nullable Long micros(NewOrganisationBudget wanted) {
        var cost = wanted.cost();
        if (cost == null) {
            return null;
        }
        if (!(cost >= 1e-6 && cost <= MAX_COST)) {
            throw invalid("cost", "0.000001 to 1000000000");
        }
        return BigDecimal.valueOf(cost)
                .movePointRight(6)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }

    private static double soft(NewOrganisationBudget wanted) {
        var soft = wanted.soft();
        if (soft == null) {
            return Budget.DEFAULT_SOFT;
        }
        if (!(soft > 0 && soft <= 1)) {
            throw invalid("soft", "above 0, at most 1");
        }
        return soft;
    }

    private static FailureException invalid(String member, String reason) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("member", member, "reason", reason));
    }
}

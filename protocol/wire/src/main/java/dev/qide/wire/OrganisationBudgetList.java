package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/organisations/{org}/budgets`: the organisation's budgets for models, and the
/// amounts spent.
public record OrganisationBudgetList(List<Entry> budgets) {
    public OrganisationBudgetList {
        budgets = List.copyOf(budgets);
    }

    /// One budget.
    ///
    /// @param period `day` or `month`, UTC
    /// @param tokens input and output together; absent for no limit
    /// @param cost in the currency of the prices; absent for no limit
    /// @param soft the share at which the server warns
    /// @param spentTokens in the current period, with the reservations of running calls
    /// @param spentCost in the current period, with the reservations of running calls
    /// @param isOfFile whether only the models file can change it
    public record Entry(
            String period,
            @Nullable Long tokens,
            @Nullable Double cost,
            double soft,
            long spentTokens,
            double spentCost,
            boolean isOfFile) {}
}

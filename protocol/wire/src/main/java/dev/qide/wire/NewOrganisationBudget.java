package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Body of `PUT /api/organisations/{org}/budgets/{period}`: at least one of `tokens` and `cost`.
///
/// @param tokens input and output together, above 0; no limit when absent
/// @param cost in the currency of the prices, above 0; no limit when absent
/// @param soft the share at which the server warns, above 0 and at most 1; 0.8 when absent
public record NewOrganisationBudget(
        @Nullable Long tokens, @Nullable Double cost, @Nullable Double soft) {}

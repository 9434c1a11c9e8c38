package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/usage` and `GET /api/organisations/{org}/usage`: the usage and cost of
/// models, the latest day first, at most 10,000 entries.
///
/// @param truncated whether there are more
public record UsageList(List<Entry> entries, boolean truncated) {
    public UsageList {
        entries = List.copyOf(entries);
    }

    /// One sum.
    ///
    /// @param day ISO 8601, UTC
    /// @param person the id of a person
    /// @param workspace its name; empty for calls from outside of any
    /// @param estimated whether the calls were aborted and their tokens are estimates
    /// @param cost in the currency of the prices
    /// @param completionsShown inline completions that were sent to an editor
    /// @param completionsAccepted those of them that the person accepted
    public record Entry(
            String day,
            String person,
            String workspace,
            String model,
            String purpose,
            boolean estimated,
            long calls,
            long inputTokens,
            long outputTokens,
            double cost,
            long completionsShown,
            long completionsAccepted) {}
}

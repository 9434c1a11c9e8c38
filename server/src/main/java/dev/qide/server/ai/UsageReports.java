package dev.qide.server.ai;

import dev.qide.server.store.UsageTable;
import dev.qide.wire.UsageList;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reports the cost of models. Thread-safe; calls block on the database.
public final class UsageReports {
    private static final int ENTRIES = 10_000;

    private final UsageLedger ledger;

    UsageReports(UsageLedger ledger) {
        this.ledger = ledger;
    }

    /// The sums for a range of days, both ends included.
    ///
    /// @param person null for everybody
    public UsageList between(LocalDate from, LocalDate to, @Nullable UUID person) {
        return list(ledger.between(from, to, person, ENTRIES + 1));
    }

    /// The sums of an organisation for a range of days, both ends included.
    ///
    /// @param organisation its name
    public UsageList ofOrganisation(String organisation, LocalDate from, LocalDate to) {
        return list(ledger.ofOrganisation(organisation, from, to, ENTRIES + 1));
    }

    private static UsageList list(List<UsageTable.Sum> sums) {
        return new UsageList(
                sums.stream()
                        .limit(ENTRIES)
                        .map(sum ->
                                new UsageList.Entry(
                                        sum.subject().day().toString(),
                                        sum.subject().person().toString(),
                                        sum.subject().workspace(),
                                        sum.subject().model(),
                                        sum.subject().purpose(),
                                        sum.subject().isEstimated(),
                                        sum.calls(),
                                        sum.inputTokens(),
                                        sum.outputTokens(),
                                        BigDecimal.valueOf(sum.costMicros(), 6).doubleValue(),
                                        sum.suggested().shown(),
                                        sum.suggested().accepted()))
                        .toList(),
                sums.size() > ENTRIES);
    }
}

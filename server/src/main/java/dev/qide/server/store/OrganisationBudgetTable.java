package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Budgets for models that owners of organisations set. Thread-safe; calls block on the database
/// and throw `STORE_UNAVAILABLE` when it is down.
public final class OrganisationBudgetTable {
    private final Database database;

    public OrganisationBudgetTable(Database database) {
        this.database = database;
    }

    /// The limits of one budget.
    ///
    /// @param tokens null for no limit
    /// @param costMicros millionths of the currency; null for no limit
    /// @param soft the share at which to warn
    public record Limits(@Nullable Long tokens, @Nullable Long costMicros, double soft) {}

    /// A stored budget.
    ///
    /// @param organisation its name
    /// @param period closed-set name defined by `ai`
    public record Row(String organisation, String period, Limits limits) {}

    public List<Row> all() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT organisations.name, period, tokens, cost_micros, soft
                                        FROM organisation_budgets
                                        JOIN organisations ON organisations.id = organisation_id
                                        ORDER BY organisations.name, period
                                        """)
                                .map((row, _) ->
                                        new Row(
                                                row.getString("name"),
                                                row.getString("period"),
                                                new Limits(
                                                        row.getObject("tokens", Long.class),
                                                        row.getObject("cost_micros", Long.class),
                                                        row.getDouble("soft"))))
                                .list());
    }

    /// Sets the budget of an organisation for a period, in place of an earlier one.
    public void put(UUID organisation, String period, Limits limits) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO organisation_budgets
                                            (organisation_id, period, tokens, cost_micros, soft)
                                        VALUES (:organisation, :period, :tokens, :cost, :soft)
                                        ON CONFLICT (organisation_id, period) DO UPDATE
                                        SET tokens = excluded.tokens,
                                            cost_micros = excluded.cost_micros,
                                            soft = excluded.soft
                                        """)
                                .bind("organisation", organisation)
                                .bind("period", period)
                                .bind("tokens", limits.tokens())
                                .bind("cost", limits.costMicros())
                                .bind("soft", limits.soft())
                                .execute());
    }

    public void delete(UUID organisation, String period) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        DELETE FROM organisation_budgets
                                        WHERE organisation_id = :organisation AND period = :period
                                        """)
                                .bind("organisation", organisation)
                                .bind("period", period)
                                .execute());
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.LocalDate;
import java.util.List;

/// The time that each component of the server spent in each state, by day. Thread-safe; calls block
/// on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class StatusTable {
    private final Database database;

    public StatusTable(Database database) {
        this.database = database;
    }

    /// Numbers of samples of one component on one day (UTC).
    public record ComponentDay(LocalDate day, String component, int up, int degraded, int down) {}

    /// Adds to the numbers, all or none.
    public void add(List<ComponentDay> days) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    var batch =
                            handle.prepareBatch(
                                    """
                                    INSERT INTO component_days AS old (day, component, up, degraded, down)
                                    VALUES (:day, :component, :up, :degraded, :down)
                                    ON CONFLICT (day, component) DO UPDATE
                                    SET up = old.up + :up, degraded = old.degraded + :degraded,
                                        down = old.down + :down
                                    """);
                    for (var one : days) {
                        batch.bind("day", one.day())
                                .bind("component", one.component())
                                .bind("up", one.up())
                                .bind("degraded", one.degraded())
                                .bind("down", one.down())
                                .add();
                    }
                    return batch.execute().length;
                });
    }

    /// The days since `from`, included, the earliest first.
    public List<ComponentDay> since(LocalDate from, int atMost) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT * FROM component_days WHERE day >= :from
                                        ORDER BY day, component LIMIT :atMost
                                        """)
                                .bind("from", from)
                                .bind("atMost", atMost)
                                .map((row, _) ->
                                        new ComponentDay(
                                                row.getObject("day", LocalDate.class),
                                                row.getString("component"),
                                                row.getInt("up"),
                                                row.getInt("degraded"),
                                                row.getInt("down")))
                                .list());
    }

    /// Deletes the days before `then`.
    public void purge(LocalDate then) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM component_days WHERE day < :then")
                                .bind("then", then)
                                .execute());
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Incidents that administrators report to everybody. Thread-safe; calls block on the database and
/// throw `STORE_UNAVAILABLE` when it is down.
public final class IncidentTable {
    private final Database database;

    public IncidentTable(Database database) {
        this.database = database;
    }

    /// One report about an incident.
    ///
    /// @param state closed-set name defined by `status`
    public record Update(Instant at, String state, String text) {}

    /// An incident with its updates, the earliest first.
    public record Incident(UUID id, String title, Instant startedAt, List<Update> updates) {
        public Incident {
            updates = List.copyOf(updates);
        }
    }

    /// Adds an incident with its updates.
    public void create(Incident incident) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createUpdate(
                                    """
                                    INSERT INTO incidents (id, title, started_at)
                                    VALUES (:id, :title, :at)
                                    """)
                            .bind("id", incident.id())
                            .bind("title", incident.title())
                            .bind("at", TokenTable.atUtc(incident.startedAt()))
                            .execute();
                    incident.updates().forEach(update -> insert(handle, incident.id(), update));
                    return true;
                });
    }

    /// The outcome of an update.
    public enum Outcome {
        DONE,
        UNKNOWN,
        /// The incident has the most updates.
        FULL
    }

    /// Adds an update to an incident that has fewer than `most`.
    public Outcome add(UUID incident, Update update, int most) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    boolean isKnown =
                            handle.createQuery(
                                            "SELECT true FROM incidents WHERE id = :id FOR UPDATE")
                                    .bind("id", incident)
                                    .mapTo(Boolean.class)
                                    .findOne()
                                    .isPresent();
                    if (!isKnown) {
                        return Outcome.UNKNOWN;
                    }
                    int count =
                            handle.createQuery(
                                            "SELECT count(*) FROM incident_updates WHERE incident_id = :id")
                                    .bind("id", incident)
                                    .mapTo(Integer.class)
                                    .one();
                    if (count >= most) {
                        return Outcome.FULL;
                    }
                    insert(handle, incident, update);
                    return Outcome.DONE;
                });
    }

    /// Deletes an incident; false when there is none.
    public boolean delete(UUID incident) {
        return database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate("DELETE FROM incidents WHERE id = :id")
                                        .bind("id", incident)
                                        .execute())
                > 0;
    }

    /// The incidents that were updated since `from`, or whose last update is not in `resolved`, the
    /// latest first.
    public List<Incident> since(Instant from, String resolved, int atMost) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    var found = new LinkedHashMap<UUID, Incident>();
                    handle.createQuery(
                                    """
                                    SELECT shown.id, title, started_at, at, state, text
                                    FROM (SELECT incidents.* FROM incidents
                                        CROSS JOIN LATERAL (SELECT at, state FROM incident_updates
                                            WHERE incident_id = incidents.id
                                            ORDER BY incident_updates.id DESC LIMIT 1) AS latest
                                        WHERE latest.at >= :from OR latest.state <> :resolved
                                        ORDER BY started_at DESC LIMIT :atMost) AS shown
                                    JOIN incident_updates ON incident_id = shown.id
                                    ORDER BY started_at DESC, shown.id, incident_updates.id
                                    """)
                            .bind("from", TokenTable.atUtc(from))
                            .bind("resolved", resolved)
                            .bind("atMost", atMost)
                            .map((row, _) ->
                                    new Incident(
                                            row.getObject("id", UUID.class),
                                            row.getString("title"),
                                            instant(
                                                    row.getObject(
                                                            "started_at", OffsetDateTime.class)),
                                            List.of(
                                                    new Update(
                                                            instant(
                                                                    row.getObject(
                                                                            "at",
                                                                            OffsetDateTime.class)),
                                                            row.getString("state"),
                                                            row.getString("text")))))
                            .forEach(row -> found.merge(row.id(), row, IncidentTable::joined));
                    return List.copyOf(found.values());
                });
    }

    private static Incident joined(Incident one, Incident other) {
        var updates = new ArrayList<>(one.updates());
        updates.addAll(other.updates());
        return new Incident(one.id(), one.title(), one.startedAt(), updates);
    }

    private static Instant instant(OffsetDateTime time) {
        return time.toInstant();
    }

    private static void insert(Handle handle, UUID incident, Update update) {
        handle.createUpdate(
                        """
                        INSERT INTO incident_updates (incident_id, at, state, text)
                        VALUES (:incident, :at, :state, :text)
                        """)
                .bind("incident", incident)
                .bind("at", TokenTable.atUtc(update.at()))
                .bind("state", update.state())
                .bind("text", update.text())
                .execute();
    }
}

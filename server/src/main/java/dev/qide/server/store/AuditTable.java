package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The audit events, an append-only table. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class AuditTable {
    private final Database database;

    public AuditTable(Database database) {
        this.database = database;
    }

    /// One event.
    ///
    /// @param person null for nobody known
    /// @param operation its name, from a closed set of the package that performs it
    /// @param object what it was done to; empty for nothing in particular
    /// @param address the client's address; empty for none
    /// @param result `ok`, or why not
    public record Event(
            Instant at,
            @Nullable UUID person,
            String operation,
            String object,
            String address,
            String result) {}

    /// A stored event with the name that its person has now.
    ///
    /// @param name null for nobody known, and for a person who was deleted
    public record StoredEvent(long id, Event event, @Nullable String name) {}

    /// The criteria of the events to read; null or empty means any.
    ///
    /// @param before only events with a lower id
    /// @param text a part of the object
    public record Filter(
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable UUID person,
            String operation,
            String text,
            String result,
            long before) {}

    /// Adds events, all or none.
    public void append(List<Event> events) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    var batch =
                            handle.prepareBatch(
                                    """
                                    INSERT INTO audit_events (at, person_id, operation, object,
                                        address, result)
                                    VALUES (:at, CAST(:person AS uuid), :operation, :object, :address, :result)
                                    """);
                    for (var event : events) {
                        batch.bind("at", TokenTable.atUtc(event.at()))
                                .bind("person", event.person())
                                .bind("operation", event.operation())
                                .bind("object", event.object())
                                .bind("address", event.address())
                                .bind("result", event.result())
                                .add();
                    }
                    return batch.execute().length;
                });
    }

    /// The latest events, the latest first.
    public List<StoredEvent> find(Filter filter, int atMost) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT audit_events.*, coalesce(
                                            (SELECT name FROM display_names
                                                WHERE display_names.person_id = audit_events.person_id),
                                            (SELECT name FROM people
                                                WHERE people.id = audit_events.person_id
                                                    AND left_at IS NULL),
                                            (SELECT min(person_name) FROM tokens
                                                WHERE tokens.person_id = audit_events.person_id)) AS name
                                        FROM audit_events
                                        WHERE id < :before
                                            AND (CAST(:from AS timestamptz) IS NULL OR at >= :from)
                                            AND (CAST(:to AS timestamptz) IS NULL OR at < :to)
                                            AND (CAST(:person AS uuid) IS NULL
                                                OR person_id = CAST(:person AS uuid))
                                            AND (:operation = '' OR operation = :operation)
                                            AND (:result = '' OR result = :result)
                                            AND position(:text IN object) > 0
                                        ORDER BY id DESC LIMIT :atMost
                                        """)
                                .bind("before", filter.before())
                                .bind("from", TokenTable.atUtc(filter.from()))
                                .bind("to", TokenTable.atUtc(filter.to()))
                                .bind("person", filter.person())
                                .bind("operation", filter.operation())
                                .bind("result", filter.result())
                                .bind("text", filter.text())
                                .bind("atMost", atMost)
                                .map((row, _) ->
                                        new StoredEvent(
                                                row.getLong("id"),
                                                new Event(
                                                        row.getObject("at", OffsetDateTime.class)
                                                                .toInstant(),
                                                        row.getObject("person_id", UUID.class),
                                                        row.getString("operation"),
                                                        row.getString("object"),
                                                        row.getString("address"),
                                                        row.getString("result")),
                                                row.getString("name")))
                                .list());
    }

    /// Deletes events from before `then`, at most so many.
    ///
    /// @return their number
    public int purge(Instant then, int atMost) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        DELETE FROM audit_events WHERE id IN (
                                            SELECT id FROM audit_events WHERE at < :then
                                            ORDER BY at LIMIT :atMost)
                                        """)
                                .bind("then", TokenTable.atUtc(then))
                                .bind("atMost", atMost)
                                .execute());
    }
}

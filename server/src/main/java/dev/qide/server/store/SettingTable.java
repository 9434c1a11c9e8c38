package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The settings that editors keep for people. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class SettingTable {
    private final Database database;

    public SettingTable(Database database) {
        this.database = database;
    }

    /// One setting without its body.
    ///
    /// @param hash SHA-256 of the body, in hexadecimal
    /// @param bytes the length of the body
    public record Entry(String name, String hash, long bytes) {}

    /// The settings of a person, by name.
    public List<Entry> all(UUID person) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE, handle -> new OfPerson(handle, person).all());
    }

    /// The body of a setting, or null.
    public byte @Nullable [] body(UUID person, String name) {
        return database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT body FROM person_settings
                                                WHERE person_id = :person AND name = :name
                                                """)
                                        .bind("person", person)
                                        .bind("name", name)
                                        .mapTo(byte[].class)
                                        .findOne())
                .orElse(null);
    }

    /// Changes the settings of one person; changes of the same person wait for each other.
    ///
    /// @param change what it throws undoes the whole change
    public <T> T change(UUID person, Function<OfPerson, T> change) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createUpdate(
                                    "SELECT pg_advisory_xact_lock(hashtextextended(:person, 0))")
                            .bind("person", "person_settings " + person)
                            .execute();
                    return change.apply(new OfPerson(handle, person));
                });
    }

    /// The settings of one person in a transaction. Valid during [SettingTable#change] only.
    public static final class OfPerson {
        private final Handle handle;
        private final UUID person;

        private OfPerson(Handle handle, UUID person) {
            this.handle = handle;
            this.person = person;
        }

        public List<Entry> all() {
            return handle.createQuery(
                            """
                            SELECT name, encode(sha256(body), 'hex') AS hash, length(body) AS bytes
                            FROM person_settings WHERE person_id = :person
                            ORDER BY name COLLATE "C"
                            """)
                    .bind("person", person)
                    .map((row, _) ->
                            new Entry(
                                    row.getString("name"),
                                    row.getString("hash"),
                                    row.getLong("bytes")))
                    .list();
        }

        public void put(String name, byte[] body) {
            handle.createUpdate(
                            """
                            INSERT INTO person_settings (person_id, name, body)
                            VALUES (:person, :name, :body)
                            ON CONFLICT (person_id, name) DO UPDATE
                            SET body = :body, changed_at = now()
                            """)
                    .bind("person", person)
                    .bind("name", name)
                    .bind("body", body)
                    .execute();
        }

        public void delete(String name) {
            handle.createUpdate(
                            """
                            DELETE FROM person_settings
                            WHERE person_id = :person AND name = :name
                            """)
                    .bind("person", person)
                    .bind("name", name)
                    .execute();
        }
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The names that people chose for themselves. [TokenTable] reads them with the credentials.
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class DisplayNameTable {
    private final Database database;

    public DisplayNameTable(Database database) {
        this.database = database;
    }

    /// The name that a person chose, or null.
    public @Nullable String of(UUID person) {
        return database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                "SELECT name FROM display_names WHERE person_id = :person")
                                        .bind("person", person)
                                        .mapTo(String.class)
                                        .findOne())
                .orElse(null);
    }

    /// Replaces the name of a person.
    public void set(UUID person, String name) {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO display_names (person_id, name)
                                        VALUES (:person, :name)
                                        ON CONFLICT (person_id) DO UPDATE SET name = :name
                                        """)
                                .bind("person", person)
                                .bind("name", name)
                                .execute());
    }
}

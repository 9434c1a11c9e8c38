package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Encrypted secrets, one per owner and purpose. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class SealedSecretTable {
    private final Database database;

    public SealedSecretTable(Database database) {
        this.database = database;
    }

    /// A ciphertext and the id of the key that it needs.
    public record Sealed(String keyId, byte[] bytes) {}

    /// A row to encrypt under another key.
    public record Row(String owner, String purpose, byte[] sealed) {}

    /// The rows to encrypt under another key.
    ///
    /// @param skipped rows to skip at the beginning of those that need another key than this one
    /// @param limit the most rows
    public record RotationBatch(String keyId, int skipped, int limit) {}

    /// The numbers of rows that were changed, and that could not be opened.
    public record Batch(int rewrapped, int broken) {
        public Batch plus(Batch other) {
            return new Batch(rewrapped + other.rewrapped, broken + other.broken);
        }
    }

    /// Whether others may store secrets during a batch.
    public enum Writers {
        RUNNING,
        /// The batch first waits for the transactions of others, and others wait for the batch.
        EXCLUDED
    }

    /// Stores a secret, in place of an earlier one.
    ///
    /// @param seal called after the transaction has its lock on the table
    public void put(String owner, String purpose, Supplier<Sealed> seal) {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.execute("LOCK TABLE sealed_secrets IN ROW EXCLUSIVE MODE");
                    var sealed = seal.get();
                    return handle.createUpdate(
                                    """
                                    INSERT INTO sealed_secrets (owner, purpose, key_id, sealed)
                                    VALUES (:owner, :purpose, :key, :sealed)
                                    ON CONFLICT (owner, purpose) DO UPDATE SET
                                        key_id = excluded.key_id, sealed = excluded.sealed,
                                        stored_at = now()
                                    """)
                            .bind("owner", owner)
                            .bind("purpose", purpose)
                            .bind("key", sealed.keyId())
                            .bind("sealed", sealed.bytes())
                            .execute();
                });
    }

    /// The ciphertext; null when there is none.
    public byte @Nullable [] find(String owner, String purpose) {
        return database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT sealed FROM sealed_secrets
                                                WHERE owner = :owner AND purpose = :purpose
                                                """)
                                        .bind("owner", owner)
                                        .bind("purpose", purpose)
                                        .map((row, _) -> row.getBytes("sealed"))
                                        .findOne())
                .orElse(null);
    }

    /// Deletes a secret; false when there is none.
    public boolean delete(String owner, String purpose) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                                """
                                                DELETE FROM sealed_secrets
                                                WHERE owner = :owner AND purpose = :purpose
                                                """)
                                        .bind("owner", owner)
                                        .bind("purpose", purpose)
                                        .execute()
                                > 0);
    }

    /// The ids of the keys that rows need.
    public List<String> keyIds() {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT DISTINCT key_id FROM sealed_secrets")
                                .mapTo(String.class)
                                .list());
    }

    /// Whether a row needs another key than this one.
    public boolean hasOthers(String keyId) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        "SELECT EXISTS (SELECT FROM sealed_secrets WHERE key_id <> :key)")
                                .bind("key", keyId)
                                .mapTo(Boolean.class)
                                .one());
    }

    /// Encrypts rows under another key, in one transaction.
    ///
    /// @param rewrapped the new ciphertext of a row; null for one that cannot be opened
    public Batch rewrap(
            RotationBatch batch, Writers writers, Function<Row, byte @Nullable []> rewrapped) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    if (writers == Writers.EXCLUDED) {
                        handle.execute("LOCK TABLE sealed_secrets IN SHARE ROW EXCLUSIVE MODE");
                    }
                    int done = 0;
                    var rows = rowsOfOtherKeys(handle, batch);
                    for (var row : rows) {
                        var fresh = rewrapped.apply(row);
                        done += fresh == null ? 0 : replace(handle, row, batch.keyId(), fresh);
                    }
                    return new Batch(done, rows.size() - done);
                });
    }

    private static List<Row> rowsOfOtherKeys(Handle handle, RotationBatch batch) {
        return handle.createQuery(
                        """
                        SELECT owner, purpose, sealed FROM sealed_secrets
                        WHERE key_id <> :key ORDER BY owner, purpose
                        OFFSET :skipped LIMIT :limit FOR UPDATE
                        """)
                .bind("key", batch.keyId())
                .bind("skipped", batch.skipped())
                .bind("limit", batch.limit())
                .map((row, _) ->
                        new Row(
                                row.getString("owner"),
                                row.getString("purpose"),
                                row.getBytes("sealed")))
                .list();
    }

    private static int replace(Handle handle, Row row, String keyId, byte[] fresh) {
        return handle.createUpdate(
                        """
                        UPDATE sealed_secrets SET key_id = :key, sealed = :sealed
                        WHERE owner = :owner AND purpose = :purpose
                        """)
                .bind("key", keyId)
                .bind("sealed", fresh)
                .bind("owner", row.owner())
                .bind("purpose", row.purpose())
                .execute();
    }
}

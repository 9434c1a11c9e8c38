package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;

/// Workspaces and their leases. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class WorkspaceTable {
    /// The lease comes first: appends under way hold it, and later ones find another epoch.
    private static final List<String> RETIREMENT =
            List.of(
                    "UPDATE workspaces SET retired_at = now()"
                            + " WHERE id = :id AND is_made AND retired_at IS NULL",
                    "UPDATE leases SET epoch = epoch + 1, raised_at = now()"
                            + " WHERE workspace_id = :id",
                    "UPDATE documents SET retired_at = now()"
                            + " WHERE workspace_id = :id AND retired_at IS NULL",
                    "DELETE FROM moves WHERE workspace_id = :id",
                    "DELETE FROM trusts WHERE workspace_id = :id");

    private final Database database;

    public WorkspaceTable(Database database) {
        this.database = database;
    }

    /// A workspace that was made while a server ran.
    public record Managed(WorkspaceId id, String name) {}

    /// The workspace whose directory is given under this name at the start; its row is begun when
    /// there is none.
    public WorkspaceId findOrCreate(String name) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createUpdate(
                                    """
                                    INSERT INTO workspaces (name) VALUES (:name)
                                    ON CONFLICT (name) WHERE NOT is_made DO NOTHING
                                    """)
                            .bind("name", name)
                            .execute();
                    return new WorkspaceId(
                            handle.createQuery(
                                            """
                                            SELECT id FROM workspaces
                                            WHERE name = :name AND NOT is_made
                                            """)
                                    .bind("name", name)
                                    .mapTo(UUID.class)
                                    .one());
                });
    }

    /// Records a workspace that is made here. Its number and its name are decided in this one
    /// transaction, also between several servers.
    ///
    /// @param atMost how many there may be
    /// @throws FailureException `WORKSPACE_EXISTS` with its `name` when there is one whose name
    ///   differs at most in upper and lower case, `TOO_MANY_WORKSPACES`; with `STORE_UNAVAILABLE`
    ///   it may have been recorded nevertheless
    public void make(Managed managed, int atMost) {
        var other =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE, handle -> made(handle, managed, atMost));
        if (!other.isEmpty()) {
            throw new FailureException(Failure.WORKSPACE_EXISTS, Map.of("name", other));
        }
    }

    /// Whether [#make(Made, int)] would be refused now; so nobody fills a directory for nothing.
    ///
    /// @throws FailureException as it does
    public void requireRoom(String name, int atMost) {
        var other =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE, handle -> taken(living(handle), name, atMost));
        if (!other.isEmpty()) {
            throw new FailureException(Failure.WORKSPACE_EXISTS, Map.of("name", other));
        }
    }

    /// @return the name of the one that is there; empty for none
    private static String taken(List<Managed> living, String name, int atMost) {
        for (var other : living) {
            if (other.name().equalsIgnoreCase(name)) {
                return other.name();
            }
        }
        if (living.size() >= atMost) {
            throw new FailureException(Failure.TOO_MANY_WORKSPACES, Map.of("limit", "" + atMost));
        }
        return "";
    }

    private static String made(Handle handle, Managed managed, int atMost) {
        var other = taken(alone(handle), managed.name(), atMost);
        if (!other.isEmpty()) {
            return other;
        }
        var _ =
                handle.createUpdate(
                                """
                                INSERT INTO workspaces (id, name, is_made)
                                VALUES (:id, :name, true)
                                """)
                        .bind("id", managed.id().value())
                        .bind("name", managed.name())
                        .execute();
        return "";
    }

    /// The living workspaces that were made here, by name. Waits for what others are about to
    /// commit: PostgreSQL finishes that also when the server that sent it was killed.
    public List<Managed> made() {
        return database.inTransaction(Failure.STORE_UNAVAILABLE, WorkspaceTable::alone);
    }

    private static List<Managed> alone(Handle handle) {
        var _ = handle.execute("LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE");
        return living(handle);
    }

    private static List<Managed> living(Handle handle) {
        return handle.createQuery(
                        """
                        SELECT id, name FROM workspaces
                        WHERE is_made AND retired_at IS NULL ORDER BY name
                        """)
                .map((row, _) ->
                        new Managed(
                                new WorkspaceId(row.getObject("id", UUID.class)),
                                row.getString("name")))
                .list();
    }

    /// Whether a workspace that was made here has been ended.
    public boolean isRetired(WorkspaceId id) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT EXISTS (SELECT 1 FROM workspaces
                                            WHERE id = :id AND retired_at IS NOT NULL)
                                        """)
                                .bind("id", id.value())
                                .mapTo(boolean.class)
                                .one());
    }

    /// Ends a workspace that was made here, all or nothing: its documents are retired and keep
    /// their rows, nobody can write to them any more, its name is free. Waits for appends under
    /// way. Doing it again is harmless.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`: it has not happened, as far as the database
    ///   can still say
    public void retire(WorkspaceId id) {
        try {
            retireAtOnce(id);
        } catch (FailureException failure) {
            // Only what was never sent cannot have been committed.
            if (failure.getCause() instanceof ConnectionException || !isRetired(id)) {
                throw failure;
            }
        }
    }

    private void retireAtOnce(WorkspaceId id) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    for (var statement : RETIREMENT) {
                        handle.createUpdate(statement).bind("id", id.value()).execute();
                    }
                    return true;
                });
    }

    /// Raises the epoch of the workspace's lease and returns it. Waits for appends under way, and
    /// afterwards no append of an older epoch can land: so it comes before its documents are
    /// loaded.
    ///
    /// PostgreSQL finishes the statement of a server that was killed while it waited: it may come
    /// after that of its successor. So each attempt takes a number first, and the lower one gives
    /// way.
    ///
    /// @throws FailureException `SERVER_STOPPING` when somebody took a number later and has the
    ///   lease, `WORKSPACE_UNKNOWN` when the workspace was ended
    public long raiseEpoch(WorkspaceId id) {
        return raiseEpoch(id, nextAttempt());
    }

    /// A number larger than all before.
    long nextAttempt() {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT nextval('lease_attempts')")
                                .mapTo(long.class)
                                .one());
    }

    long raiseEpoch(WorkspaceId id, long attempt) {
        return database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                INSERT INTO leases (workspace_id, epoch, attempt)
                                                SELECT id, 1, :attempt FROM workspaces
                                                WHERE id = :id AND retired_at IS NULL
                                                FOR SHARE
                                                ON CONFLICT (workspace_id) DO UPDATE
                                                SET epoch = leases.epoch + 1, raised_at = now(),
                                                    attempt = :attempt
                                                WHERE leases.attempt < :attempt
                                                RETURNING epoch
                                                """)
                                        .bind("id", id.value())
                                        .bind("attempt", attempt)
                                        .mapTo(long.class)
                                        .findOne())
                .orElseThrow(() -> new FailureException(whyNotRaised(id)));
    }

    private Failure whyNotRaised(WorkspaceId id) {
        return isRetired(id) ? Failure.WORKSPACE_UNKNOWN : Failure.SERVER_STOPPING;
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;

/// Workspaces and their leases. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class WorkspaceTable {
    /// The lease comes first: running appends hold it, and later ones find another epoch.
    private static final List<String> RETIREMENT =
            List.of(
                    "UPDATE workspaces SET retired_at = now()"
                            + " WHERE id = :id AND is_made AND retired_at IS NULL",
                    "UPDATE leases SET epoch = epoch + 1, raised_at = now()"
                            + " WHERE workspace_id = :id",
                    "UPDATE documents SET retired_at = now()"
                            + " WHERE workspace_id = :id AND retired_at IS NULL",
                    "DELETE FROM moves WHERE workspace_id = :id",
                    "DELETE FROM workspace_trees WHERE workspace_id = :id",
                    "DELETE FROM trusts WHERE workspace_id = :id",
                    "DELETE FROM workspace_members WHERE workspace_id = :id",
                    "DELETE FROM chat_messages WHERE workspace_id = :id",
                    "DELETE FROM ai_conversations WHERE workspace_id = :id",
                    "UPDATE tokens SET revoked_at = coalesce(revoked_at, now())"
                            + " WHERE workspace_id = :id");

    private static final List<String> PURGE =
            List.of(
                    """
                    DELETE FROM document_updates WHERE ctid = ANY (ARRAY(
                        SELECT document_updates.ctid
                        FROM document_updates JOIN documents ON documents.id = document_id
                            JOIN workspaces ON workspaces.id = workspace_id
                        WHERE workspaces.retired_at < :then LIMIT :atMost))
                    """,
                    """
                    DELETE FROM mirrors WHERE ctid = ANY (ARRAY(
                        SELECT mirrors.ctid FROM mirrors JOIN documents ON documents.id = document_id
                            JOIN workspaces ON workspaces.id = workspace_id
                        WHERE workspaces.retired_at < :then LIMIT :atMost))
                    """,
                    """
                    DELETE FROM document_history WHERE ctid = ANY (ARRAY(
                        SELECT document_history.ctid
                        FROM document_history JOIN documents ON documents.id = document_id
                            JOIN workspaces ON workspaces.id = workspace_id
                        WHERE workspaces.retired_at < :then LIMIT :atMost))
                    """,
                    """
                    UPDATE documents SET path = 'purged' WHERE ctid = ANY (ARRAY(
                        SELECT documents.ctid
                        FROM documents JOIN workspaces ON workspaces.id = workspace_id
                        WHERE workspaces.retired_at < :then AND path <> 'purged'
                            AND documents.retired_at IS NOT NULL LIMIT :atMost))
                    """,
                    """
                    UPDATE workspaces SET name = 'purged' WHERE ctid = ANY (ARRAY(
                        SELECT ctid FROM workspaces
                        WHERE retired_at < :then AND name <> 'purged' LIMIT :atMost))
                    """);

    private final Database database;

    public WorkspaceTable(Database database) {
        this.database = database;
    }

    /// A workspace that the server created.
    ///
    /// @param name unique in its organisation
    public record Managed(WorkspaceId id, Owner owner, String name) {}

    /// The organisation that a workspace belongs to.
    public record Owner(OrganisationId organisation, String name) {
        /// The home organisation.
        public static final Owner HOME = new Owner(OrganisationId.HOME, "home");
    }

    /// The workspace whose directory was given under this name at the start; created when it does
    /// not exist.
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

    /// Records a new managed workspace. One transaction checks limit and name, also across servers.
    ///
    /// @param atMost the maximum number of managed workspaces
    /// @throws FailureException `WORKSPACE_EXISTS` with the `name` of a workspace whose name is
    ///   equal ignoring case, `TOO_MANY_WORKSPACES`; after `STORE_UNAVAILABLE` the workspace may
    ///   have been recorded
    public void createManaged(Managed managed, int atMost) {
        var other =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE, handle -> managed(handle, managed, atMost));
        if (!other.isEmpty()) {
            throw new FailureException(Failure.WORKSPACE_EXISTS, Map.of("name", other));
        }
    }

    /// Checks whether [#createManaged(Managed, int)] would currently be refused, before a directory
    /// is filled.
    ///
    /// @throws FailureException as [#createManaged(Managed, int)]
    public void requireCapacity(Managed managed, int atMost) {
        var other =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle -> taken(living(handle), managed, atMost));
        if (!other.isEmpty()) {
            throw new FailureException(Failure.WORKSPACE_EXISTS, Map.of("name", other));
        }
    }

    /// @return the name of the existing workspace; empty for none
    private static String taken(List<Managed> living, Managed managed, int atMost) {
        for (var other : living) {
            if (other.owner().equals(managed.owner())
                    && other.name().equalsIgnoreCase(managed.name())) {
                return other.name();
            }
        }
        if (living.size() >= atMost) {
            throw new FailureException(Failure.TOO_MANY_WORKSPACES, Map.of("limit", "" + atMost));
        }
        return "";
    }

    private static String managed(Handle handle, Managed managed, int atMost) {
        var other = taken(lockedLiving(handle), managed, atMost);
        if (!other.isEmpty()) {
            return other;
        }
        var _ =
                handle.createUpdate(
                                """
                                INSERT INTO workspaces (id, organisation_id, name, is_made)
                                VALUES (:id, :organisation, :name, true)
                                """)
                        .bind("id", managed.id().value())
                        .bind("organisation", managed.owner().organisation().value())
                        .bind("name", managed.name())
                        .execute();
        return "";
    }

    /// The living managed workspaces, by name. Waits for uncommitted changes: PostgreSQL completes
    /// statements of a killed server.
    public List<Managed> managed() {
        return database.inTransaction(Failure.STORE_UNAVAILABLE, WorkspaceTable::lockedLiving);
    }

    /// The living managed workspaces, by name, without those of uncommitted changes.
    public List<Managed> committedManaged() {
        return database.inOneStatement(Failure.STORE_UNAVAILABLE, WorkspaceTable::living);
    }

    private static List<Managed> lockedLiving(Handle handle) {
        var _ = handle.execute("LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE");
        return living(handle);
    }

    private static List<Managed> living(Handle handle) {
        return handle.createQuery(
                        """
                        SELECT workspaces.id, workspaces.name, organisation_id,
                            coalesce(organisations.name, 'home') AS organisation
                        FROM workspaces LEFT JOIN organisations ON organisations.id = organisation_id
                        WHERE is_made AND retired_at IS NULL ORDER BY workspaces.name
                        """)
                .map((row, _) ->
                        new Managed(
                                new WorkspaceId(row.getObject("id", UUID.class)),
                                new Owner(
                                        new OrganisationId(
                                                row.getObject("organisation_id", UUID.class)),
                                        row.getString("organisation")),
                                row.getString("name")))
                .list();
    }

    /// Whether a managed workspace was deleted.
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

    /// Deletes a managed workspace, all or nothing: its documents are retired and keep their rows,
    /// further writes are refused, and its name is free. Waits for running appends. Repeating the
    /// call is harmless.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE` when it was not deleted, as far as the database
    ///   can tell
    public void retire(WorkspaceId id) {
        try {
            retireAtOnce(id);
        } catch (FailureException failure) {
            // Only a statement that was never sent cannot have been committed.
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

    /// Deletes content of workspaces that were deleted before `then`, at most so many rows of each
    /// table. The ids of documents and geneses stay, without names and paths: a client that comes
    /// back with an old document is still recognized.
    ///
    /// @return the number of rows; 0 when nothing is left
    public int purge(Instant then, int atMost) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    int rows = 0;
                    for (var statement : PURGE) {
                        rows +=
                                handle.createUpdate(statement)
                                        .bind("then", TokenTable.atUtc(then))
                                        .bind("atMost", atMost)
                                        .execute();
                    }
                    return rows;
                });
    }

    /// Takes the workspace's lease for this server, raises its epoch and returns that. Waits for
    /// running appends; afterwards appends with an older epoch are refused. Called before the
    /// workspace's documents are loaded.
    ///
    /// The lease of another server is taken only when that server no longer lives: it has been
    /// silent for ten seconds, or the lock of its [Node] is free. A lease that is offered to
    /// another living server is not taken for two seconds.
    ///
    /// PostgreSQL completes the statement of a server that was killed while it waited, possibly
    /// after that of its successor. Each attempt therefore takes a number first, and the lower
    /// number loses.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` while another server has the lease,
    ///   `SERVER_STOPPING` when a later attempt of this one has it, `WORKSPACE_UNKNOWN` when the
    ///   workspace was deleted
    public long raiseEpoch(WorkspaceId id) {
        return raiseEpoch(id, nextAttempt());
    }

    /// A number larger than all earlier ones.
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
                                                INSERT INTO leases
                                                    (workspace_id, epoch, attempt, node_id)
                                                SELECT id, 1, :attempt, :node FROM workspaces
                                                WHERE id = :id AND retired_at IS NULL
                                                FOR SHARE
                                                ON CONFLICT (workspace_id) DO UPDATE
                                                SET epoch = leases.epoch + 1, raised_at = now(),
                                                    attempt = :attempt, node_id = :node,
                                                    offered_to = NULL, offered_at = NULL
                                                WHERE leases.attempt < :attempt
                                                AND NOT EXISTS (SELECT FROM nodes
                                                    WHERE nodes.id = leases.offered_to
                                                        AND nodes.id <> :node
                                                        AND leases.offered_at > clock_timestamp()
                                                            - make_interval(secs => :offer)
                                                        AND %s)
                                                AND (
                                                    coalesce(leases.node_id, :node) = :node
                                                    OR NOT EXISTS (
                                                        SELECT FROM nodes
                                                        WHERE nodes.id = leases.node_id
                                                            AND seen_at > clock_timestamp()
                                                                - make_interval(secs => :silence))
                                                    OR pg_try_advisory_xact_lock(hashtextextended(
                                                        leases.node_id::text, 0)))
                                                RETURNING epoch
                                                """
                                                        .formatted(NodeTable.IS_LIVING))
                                        .bind("id", id.value())
                                        .bind("attempt", attempt)
                                        .bind("node", database.node())
                                        .bind("silence", Node.SILENCE.toSeconds())
                                        .bind("offer", Node.OFFER.toSeconds())
                                        .mapTo(long.class)
                                        .findOne())
                .orElseThrow(() -> new FailureException(whyNotRaised(id)));
    }

    private Failure whyNotRaised(WorkspaceId id) {
        if (isRetired(id)) {
            return Failure.WORKSPACE_UNKNOWN;
        }
        return holders(List.of(id)).getOrDefault(id, Holder.NONE).isThisServer()
                ? Failure.SERVER_STOPPING
                : Failure.WORKSPACE_ELSEWHERE;
    }

    /// The state of a lease.
    public record Holder(long epoch, boolean isThisServer) {
        static final Holder NONE = new Holder(0, false);
    }

    /// The states of the leases of these workspaces; one without a lease is missing.
    public Map<WorkspaceId, Holder> holders(Collection<WorkspaceId> ids) {
        var values = ids.stream().map(WorkspaceId::value).toArray(UUID[]::new);
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle
                                .createQuery(
                                        """
                                        SELECT workspace_id, epoch,
                                            node_id IS NOT DISTINCT FROM :node AS is_this
                                        FROM leases WHERE workspace_id = ANY (:ids)
                                        """)
                                .bind("node", database.node())
                                .bind("ids", values)
                                .map((row, _) ->
                                        Map.entry(
                                                new WorkspaceId(row.getObject(1, UUID.class)),
                                                new Holder(row.getLong(2), row.getBoolean(3))))
                                .stream()
                                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }
}

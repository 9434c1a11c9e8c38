package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/// The messages that people of a workspace write to each other. [WorkspaceTable#retire] deletes
/// them with the workspace. Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE`
/// when it is down.
public final class TeamChatTable {
    private final Database database;

    public TeamChatTable(Database database) {
        this.database = database;
    }

    /// One message.
    ///
    /// @param id greater than that of every earlier message of the workspace
    /// @param name the sender's present name: the chosen one, else the one at the time of sending
    public record Message(long id, UUID person, String name, String text, Instant sentAt) {}

    /// A message to be stored.
    ///
    /// @param name the sender's name
    /// @param key the sender's own key of the message, or null
    public record Draft(UUID person, String name, String text, @Nullable String key) {}

    /// Stores a message and deletes the oldest ones beyond the bound. A message whose sender used
    /// the same key before is not stored again.
    ///
    /// @param kept the messages kept for one workspace
    /// @return the stored message, new or earlier
    /// @throws FailureException `WORKSPACE_UNKNOWN` when the workspace was deleted
    public Stored add(WorkspaceId workspace, Draft draft, int kept) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    var id =
                            handle.createQuery(
                                            """
                                            INSERT INTO chat_messages
                                                (workspace_id, person_id, person_name, text, client_key)
                                            SELECT :workspace, :person, :name, :text,
                                                CAST(:key AS text)
                                            FROM (SELECT FROM workspaces
                                                WHERE id = :workspace AND retired_at IS NULL
                                                FOR SHARE) AS present
                                            ON CONFLICT (workspace_id, person_id, client_key)
                                                WHERE client_key IS NOT NULL DO NOTHING
                                            RETURNING id
                                            """)
                                    .bind("workspace", workspace.value())
                                    .bind("person", draft.person())
                                    .bind("name", draft.name())
                                    .bind("text", draft.text())
                                    .bind("key", draft.key())
                                    .mapTo(long.class)
                                    .findOne();
                    handle.createUpdate(
                                    """
                                    DELETE FROM chat_messages
                                    WHERE workspace_id = :workspace AND id <= (
                                        SELECT id FROM chat_messages WHERE workspace_id = :workspace
                                        ORDER BY id DESC OFFSET :kept LIMIT 1)
                                    """)
                            .bind("workspace", workspace.value())
                            .bind("kept", kept)
                            .execute();
                    var message =
                            handle.createQuery(
                                            """
                                            SELECT id, person_id, coalesce(name, person_name) AS name,
                                                text, sent_at
                                            FROM chat_messages LEFT JOIN display_names USING (person_id)
                                            WHERE workspace_id = :workspace AND (id = :id OR
                                                (person_id = :person AND client_key = CAST(:key AS text)))
                                            """)
                                    .bind("workspace", workspace.value())
                                    .bind("id", id.orElse(0L))
                                    .bind("person", draft.person())
                                    .bind("key", draft.key())
                                    .map(TeamChatTable::message)
                                    .findOne()
                                    .orElseThrow(
                                            () -> new FailureException(Failure.WORKSPACE_UNKNOWN));
                    return new Stored(message, id.isPresent());
                });
    }

    /// @param isNew false for a message that was stored before under the same key
    public record Stored(Message message, boolean isNew) {}

    /// The newest messages before an id, newest first.
    ///
    /// @param before `Long.MAX_VALUE` for the newest of all
    public List<Message> before(WorkspaceId workspace, long before, int limit) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, person_id, coalesce(name, person_name) AS name, text,
                                            sent_at
                                        FROM chat_messages LEFT JOIN display_names USING (person_id)
                                        WHERE workspace_id = :workspace AND id < :before
                                        ORDER BY id DESC LIMIT :limit
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("before", before)
                                .bind("limit", limit)
                                .map(TeamChatTable::message)
                                .list());
    }

    private static Message message(ResultSet row, StatementContext context) throws SQLException {
        return new Message(
                row.getLong("id"),
                row.getObject("person_id", UUID.class),
                row.getString("name"),
                row.getString("text"),
                row.getObject("sent_at", OffsetDateTime.class).toInstant());
    }
}

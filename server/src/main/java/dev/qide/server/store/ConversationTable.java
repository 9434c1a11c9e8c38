package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/// Conversations with models. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class ConversationTable {
    private final Database database;

    public ConversationTable(Database database) {
        this.database = database;
    }

    /// One conversation.
    ///
    /// @param messages a JSON array that `ai` defines; empty in a list
    /// @param updatedAt in whole microseconds, as the database keeps it
    public record StoredConversation(
            UUID id,
            UUID person,
            WorkspaceId workspace,
            String title,
            String messages,
            Instant updatedAt) {}

    /// Creates a conversation.
    ///
    /// @return false when a conversation with this id exists, whoever owns it
    public boolean create(StoredConversation conversation) {
        var sql =
                """
                INSERT INTO ai_conversations (id, person_id, workspace_id, title, messages,
                    updated_at)
                VALUES (:id, :person, :workspace, :title, CAST(:messages AS jsonb), :updatedAt)
                ON CONFLICT (id) DO NOTHING
                """;
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> bound(handle, sql, conversation).execute() > 0);
    }

    /// Replaces a conversation that nobody has changed since it was read or stored.
    ///
    /// @param before its `updatedAt` then
    /// @return false when it was changed or deleted, also by another server
    public boolean replace(StoredConversation conversation, Instant before) {
        var sql =
                """
                UPDATE ai_conversations
                SET title = :title, messages = CAST(:messages AS jsonb), updated_at = :updatedAt
                WHERE id = :id AND person_id = :person AND workspace_id = :workspace
                    AND updated_at = :before
                """;
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        bound(handle, sql, conversation)
                                        .bind("before", before.atOffset(ZoneOffset.UTC))
                                        .execute()
                                > 0);
    }

    private static Update bound(Handle handle, String sql, StoredConversation conversation) {
        return handle.createUpdate(sql)
                .bind("id", conversation.id())
                .bind("person", conversation.person())
                .bind("workspace", conversation.workspace().value())
                .bind("title", conversation.title())
                .bind("messages", conversation.messages())
                .bind("updatedAt", conversation.updatedAt().atOffset(ZoneOffset.UTC));
    }

    /// A person's conversation in a workspace, or null.
    public @Nullable StoredConversation find(UUID id, UUID person, WorkspaceId workspace) {
        var found =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT id, person_id, workspace_id, title,
                                                    messages::text AS messages, updated_at
                                                FROM ai_conversations
                                                WHERE id = :id AND person_id = :person
                                                    AND workspace_id = :workspace
                                                """)
                                        .bind("id", id)
                                        .bind("person", person)
                                        .bind("workspace", workspace.value())
                                        .map((row, _) -> conversation(row))
                                        .list());
        return found.isEmpty() ? null : found.getFirst();
    }

    /// A person's conversations in a workspace, the latest first, without their messages.
    public List<StoredConversation> list(UUID person, WorkspaceId workspace, int atMost) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, person_id, workspace_id, title, '[]' AS messages,
                                            updated_at
                                        FROM ai_conversations
                                        WHERE person_id = :person AND workspace_id = :workspace
                                        ORDER BY updated_at DESC LIMIT :atMost
                                        """)
                                .bind("person", person)
                                .bind("workspace", workspace.value())
                                .bind("atMost", atMost)
                                .map((row, _) -> conversation(row))
                                .list());
    }

    /// The number and size of a person's conversations in all workspaces.
    ///
    /// @param bytes as the database stores them, compressed
    public record Total(long conversations, long bytes) {}

    public Total total(UUID person) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT count(*) AS conversations,
                                            coalesce(sum(pg_column_size(messages)), 0) AS bytes
                                        FROM ai_conversations WHERE person_id = :person
                                        """)
                                .bind("person", person)
                                .map((row, _) ->
                                        new Total(
                                                row.getLong("conversations"), row.getLong("bytes")))
                                .one());
    }

    /// Deletes a conversation; false when there is none.
    public boolean delete(UUID id, UUID person, WorkspaceId workspace) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                                """
                                                DELETE FROM ai_conversations
                                                WHERE id = :id AND person_id = :person
                                                    AND workspace_id = :workspace
                                                """)
                                        .bind("id", id)
                                        .bind("person", person)
                                        .bind("workspace", workspace.value())
                                        .execute()
                                > 0);
    }

    private static StoredConversation conversation(ResultSet row) throws SQLException {
        return new StoredConversation(
                row.getObject("id", UUID.class),
                row.getObject("person_id", UUID.class),
                new WorkspaceId(row.getObject("workspace_id", UUID.class)),
                row.getString("title"),
                row.getString("messages"),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// All that is stored about one person: to export it, and to delete it. Thread-safe; calls block on
/// the database and throw `STORE_UNAVAILABLE` when it is down.
public final class PersonDataTable {
    /// The name that remains of a deleted person.
    public static final String FORMER_MEMBER = "former member";

    /// Most rows of one page.
    private static final int PAGE_ROWS = 100;

    /// One query for each part of an export, in a stable order; hashes of secrets are left out.
    private static final Map<String, String> PARTS = parts();

    /// The statements that delete a person's data. Documents, chat messages and usage stay, under
    /// an id that leads nowhere.
    private static final List<String> DELETION =
            List.of(
                    "UPDATE tokens SET revoked_at = coalesce(revoked_at, :now) WHERE shared_by = :person",
                    "DELETE FROM logins WHERE person_id = :person",
                    "DELETE FROM tokens WHERE person_id = :person",
                    "DELETE FROM accounts WHERE person_id = :person",
                    "DELETE FROM memberships WHERE person_id = :person",
                    "DELETE FROM workspace_members WHERE person_id = :person",
                    "DELETE FROM removed_members WHERE person_id = :person",
                    "DELETE FROM display_names WHERE person_id = :person",
                    "DELETE FROM person_settings WHERE person_id = :person",
                    "DELETE FROM tickets WHERE person_id = :person",
                    "DELETE FROM ai_conversations WHERE person_id = :person",
                    "DELETE FROM sealed_secrets WHERE owner = 'person:' || CAST(:person AS text)",
                    "UPDATE chat_messages SET person_name = '%s' WHERE person_id = :person"
                            .formatted(FORMER_MEMBER),
                    "UPDATE people SET name = '%s', left_at = coalesce(left_at, :now) WHERE id = :person"
                            .formatted(FORMER_MEMBER));

    private final Database database;

    public PersonDataTable(Database database) {
        this.database = database;
    }

    /// The names of the parts of an export.
    public List<String> partNames() {
        return List.copyOf(PARTS.keySet());
    }

    /// Some rows of one part, each as a JSON object.
    ///
    /// @param offset rows to skip
    /// @return fewer than [#pageRows()] on the last page
    public List<String> page(String part, UUID person, int offset) {
        var query = PARTS.get(part);
        if (query == null) {
            throw new IllegalArgumentException("no part " + part);
        }
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        "SELECT CAST(row_to_json(part) AS text) FROM ("
                                                + query
                                                + " LIMIT :rows OFFSET :offset) AS part")
                                .bind("person", person)
                                .bind("rows", PAGE_ROWS)
                                .bind("offset", offset)
                                .mapTo(String.class)
                                .list());
    }

    public int pageRows() {
        return PAGE_ROWS;
    }

    /// Deletes a person, all or nothing, unless no owner would remain.
    ///
    /// @param home the organisation that needs an owner
    /// @return whether the person was deleted
    public boolean delete(UUID person, UUID home, Instant now) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    if (isLastOwner(handle, person, home)) {
                        return false;
                    }
                    for (var statement : DELETION) {
                        var update = handle.createUpdate(statement).bind("person", person);
                        if (statement.contains(":now")) {
                            update.bind("now", TokenTable.atUtc(now));
                        }
                        update.execute();
                    }
                    return true;
                });
    }

    /// Locks the memberships, so that two owners who leave at once do not leave none.
    private static boolean isLastOwner(Handle handle, UUID person, UUID home) {
        var owners =
                handle.createQuery(
                                """
                                SELECT person_id FROM memberships JOIN people ON id = person_id
                                WHERE organisation_id = :home AND role = 'OWNER' AND left_at IS NULL
                                ORDER BY person_id FOR UPDATE OF memberships
                                """)
                        .bind("home", home)
                        .mapTo(UUID.class)
                        .list();
        return owners.equals(List.of(person));
    }

    private static Map<String, String> parts() {
        var parts = new LinkedHashMap<String, String>();
        parts.put(
                "person",
                "SELECT id, name, created_at, left_at FROM people WHERE id = :person ORDER BY id");
        parts.put(
                "displayNames",
                "SELECT name FROM display_names WHERE person_id = :person ORDER BY person_id");
        parts.put(
                "accounts",
                """
                SELECT provider, subject, email, linked_at FROM accounts
                WHERE person_id = :person ORDER BY provider, subject\
                """);
        parts.put(
                "memberships",
                """
                SELECT organisations.name AS organisation, role
                FROM memberships JOIN organisations ON organisations.id = organisation_id
                WHERE person_id = :person ORDER BY organisation_id\
                """);
        parts.put(
                "workspaceRoles",
                """
                SELECT workspaces.name AS workspace, role
                FROM workspace_members JOIN workspaces ON workspaces.id = workspace_id
                WHERE person_id = :person ORDER BY workspace_id\
                """);
        parts.put(
                "sessions",
                """
                SELECT id, provider, agent, created_at, last_used_at, expires_at FROM logins
                WHERE person_id = :person ORDER BY id\
                """);
        parts.put(
                "tokens",
                """
                SELECT id, label, person_name, role, scopes, created_at, expires_at, revoked_at
                FROM tokens WHERE person_id = :person ORDER BY id\
                """);
        parts.put(
                "shares",
                """
                SELECT tokens.id, workspaces.name AS workspace, person_name AS guest, role,
                    tokens.created_at, expires_at
                FROM tokens JOIN workspaces ON workspaces.id = workspace_id
                WHERE shared_by = :person ORDER BY tokens.id\
                """);
        parts.put(
                "settings",
                """
                SELECT name, encode(body, 'base64') AS body_base64, changed_at FROM person_settings
                WHERE person_id = :person ORDER BY name\
                """);
        parts.put(
                "chatMessages",
                """
                SELECT workspaces.name AS workspace, chat_messages.id, text, sent_at
                FROM chat_messages JOIN workspaces ON workspaces.id = workspace_id
                WHERE person_id = :person ORDER BY workspace_id, chat_messages.id\
                """);
        parts.put(
                "conversations",
                """
                SELECT ai_conversations.id, workspaces.name AS workspace, title, messages, updated_at
                FROM ai_conversations JOIN workspaces ON workspaces.id = workspace_id
                WHERE person_id = :person ORDER BY ai_conversations.id\
                """);
        parts.put(
                "modelUsage",
                """
                SELECT day, organisation, workspace, model, purpose, is_estimated, calls,
                    input_tokens, output_tokens, cost_micros
                FROM ai_usage WHERE person_id = :person
                ORDER BY day, organisation, workspace, model, purpose, is_estimated\
                """);
        parts.put(
                "audit",
                """
                SELECT at, operation, object, address, result FROM audit_events
                WHERE person_id = :person ORDER BY id\
                """);
        return parts;
    }
}

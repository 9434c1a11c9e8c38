package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Organisations, and the roles of people in them and in their workspaces. Thread-safe; calls block
/// on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class OrganisationTable {
    private final Database database;

    public OrganisationTable(Database database) {
        this.database = database;
    }

    public record Organisation(OrganisationId id, String name) {}

    /// One role of a person; exactly one of organisation and workspace is not null.
    ///
    /// @param role closed-set name defined by `identity`
    public record Role(
            UUID person,
            @Nullable OrganisationId organisation,
            @Nullable WorkspaceId workspace,
            String role) {}

    /// A member of an organisation or a workspace.
    ///
    /// @param name the name that others see
    /// @param role closed-set name defined by `identity`
    public record Member(UUID person, String name, String role) {}

    /// The outcome of a change.
    public enum Outcome {
        DONE,
        /// The person is no member, or there is no such person.
        UNKNOWN,
        /// The organisation would have no owner.
        LAST_OWNER
    }

    /// All roles of people who have not left.
    public List<Role> roles(Collection<UUID> people) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT person_id, organisation_id, NULL::uuid AS workspace_id, role
                                        FROM memberships WHERE person_id = ANY (:people)
                                        UNION ALL
                                        SELECT person_id, NULL::uuid, workspace_id, role
                                        FROM workspace_members WHERE person_id = ANY (:people)
                                        """)
                                .bindArray("people", UUID.class, people)
                                .map((row, _) -> {
                                    var organisation = row.getObject("organisation_id", UUID.class);
                                    var workspace = row.getObject("workspace_id", UUID.class);
                                    return new Role(
                                            row.getObject("person_id", UUID.class),
                                            organisation == null
                                                    ? null
                                                    : new OrganisationId(organisation),
                                            workspace == null ? null : new WorkspaceId(workspace),
                                            row.getString("role"));
                                })
                                .list());
    }

    /// Adds the home organisation, if it is missing.
    public void ensureHome() {
        database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    ensureHome(handle);
                    return true;
                });
    }

    static void ensureHome(Handle handle) {
        handle.createUpdate(
                        """
                        INSERT INTO organisations (id, name) VALUES (:id, 'home')
                        ON CONFLICT DO NOTHING
                        """)
                .bind("id", OrganisationId.HOME.value())
                .execute();
    }

    /// All organisations, by name.
    public List<Organisation> all() {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT id, name FROM organisations ORDER BY name")
                                .map((row, _) ->
                                        new Organisation(
                                                new OrganisationId(row.getObject("id", UUID.class)),
                                                row.getString("name")))
                                .list());
    }

    /// The organisation of this name, which counts without regard to case; null for none.
    public @Nullable Organisation named(String name) {
        return database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT id, name FROM organisations
                                                WHERE lower(name COLLATE "C") = lower(:name COLLATE "C")
                                                """)
                                        .bind("name", name)
                                        .map((row, _) ->
                                                new Organisation(
                                                        new OrganisationId(
                                                                row.getObject("id", UUID.class)),
                                                        row.getString("name")))
                                        .findOne())
                .orElse(null);
    }

    /// Adds an organisation unless its name is taken or there are `most`.
    ///
    /// @param owner its first member, if this person logs in by an account
    /// @return whether it was added
    public boolean create(Organisation organisation, UUID owner, int most) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    int added =
                            handle.createUpdate(
                                            """
                                            INSERT INTO organisations (id, name)
                                            SELECT :id, :name
                                            WHERE :most > (SELECT count(*) FROM organisations)
                                            ON CONFLICT DO NOTHING
                                            """)
                                    .bind("id", organisation.id().value())
                                    .bind("name", organisation.name())
                                    .bind("most", most)
                                    .execute();
                    if (added > 0) {
                        handle.createUpdate(
                                        """
                                        INSERT INTO memberships (organisation_id, person_id, role)
                                        SELECT :organisation, id, 'OWNER' FROM people
                                        WHERE id = :person AND left_at IS NULL
                                        """)
                                .bind("organisation", organisation.id().value())
                                .bind("person", owner)
                                .execute();
                    }
                    return added > 0;
                });
    }

    /// The members of an organisation, by name.
    public List<Member> members(OrganisationId organisation) {
        return members("memberships", "organisation_id", organisation.value());
    }

    /// The people with a role in a workspace itself, by name.
    public List<Member> members(WorkspaceId workspace) {
        return members("workspace_members", "workspace_id", workspace.value());
    }

    private List<Member> members(String table, String column, UUID id) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT people.id, role,
                                            coalesce(display_names.name, people.name) AS shown
                                        FROM <table> JOIN people ON people.id = person_id
                                            LEFT JOIN display_names USING (person_id)
                                        WHERE <column> = :id AND left_at IS NULL
                                        ORDER BY shown, people.id
                                        """)
                                .define("table", table)
                                .define("column", column)
                                .bind("id", id)
                                .map((row, _) ->
                                        new Member(
                                                row.getObject("id", UUID.class),
                                                row.getString("shown"),
                                                row.getString("role")))
                                .list());
    }

    /// Gives a member of an organisation another role. Whom a provider's rule admitted it still has
    /// to admit.
    public Outcome setRole(OrganisationId organisation, UUID person, String role) {
        return withOwner(
                organisation,
                handle ->
                        handle.createUpdate(
                                        """
                                        UPDATE memberships SET role = :role
                                        WHERE organisation_id = :organisation AND person_id = :person
                                        """)
                                .bind("organisation", organisation.value())
                                .bind("person", person)
                                .bind("role", role)
                                .execute());
    }

    /// Removes a member, whom only an invitation brings back. The roles in single workspaces of the
    /// organisation end too.
    public Outcome remove(OrganisationId organisation, UUID person, Instant now) {
        return withOwner(
                organisation,
                handle -> {
                    int removed =
                            handle.createUpdate(
                                            """
                                            DELETE FROM memberships
                                            WHERE organisation_id = :organisation
                                                AND person_id = :person
                                            """)
                                    .bind("organisation", organisation.value())
                                    .bind("person", person)
                                    .execute();
                    handle.createUpdate(
                                    """
                                    DELETE FROM workspace_members USING workspaces
                                    WHERE workspace_id = id AND organisation_id = :organisation
                                        AND person_id = :person
                                    """)
                            .bind("organisation", organisation.value())
                            .bind("person", person)
                            .execute();
                    if (removed > 0) {
                        handle.createUpdate(
                                        """
                                        INSERT INTO removed_members (organisation_id, person_id,
                                            removed_at)
                                        VALUES (:organisation, :person, :now)
                                        ON CONFLICT DO NOTHING
                                        """)
                                .bind("organisation", organisation.value())
                                .bind("person", person)
                                .bind("now", now.atOffset(java.time.ZoneOffset.UTC))
                                .execute();
                    }
                    return removed;
                });
    }

    /// Gives a person a role in a workspace, whether the person had one or not.
    public Outcome setRole(WorkspaceId workspace, UUID person, String role) {
        return outcome(
                database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                """
                                                INSERT INTO workspace_members (workspace_id, person_id,
                                                    role)
                                                SELECT :workspace, id, :role FROM people
                                                WHERE id = :person AND left_at IS NULL
                                                ON CONFLICT (workspace_id, person_id)
                                                DO UPDATE SET role = excluded.role
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bind("person", person)
                                        .bind("role", role)
                                        .execute()));
    }

    /// Ends a person's role in a workspace; a role in its organisation stays.
    public Outcome remove(WorkspaceId workspace, UUID person) {
        return outcome(
                database.inIdentityTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                """
                                                DELETE FROM workspace_members
                                                WHERE workspace_id = :workspace
                                                    AND person_id = :person
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bind("person", person)
                                        .execute()));
    }

    /// Changes members in a transaction that is undone when it leaves an organisation without an
    /// owner. Changes of one organisation run one after the other.
    private Outcome withOwner(OrganisationId organisation, Function<Handle, Integer> change) {
        return database.inIdentityTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createQuery("SELECT id FROM organisations WHERE id = :id FOR UPDATE")
                            .bind("id", organisation.value())
                            .mapTo(UUID.class)
                            .list();
                    int owners = owners(handle, organisation);
                    handle.savepoint("before");
                    var outcome = outcome(change.apply(handle));
                    if (owners > 0 && owners(handle, organisation) == 0) {
                        handle.rollbackToSavepoint("before");
                        return Outcome.LAST_OWNER;
                    }
                    return outcome;
                });
    }

    private static int owners(Handle handle, OrganisationId organisation) {
        return handle.createQuery(
                        """
                        SELECT count(*) FROM memberships JOIN people ON people.id = person_id
                        WHERE organisation_id = :organisation AND role = 'OWNER' AND left_at IS NULL
                        """)
                .bind("organisation", organisation.value())
                .mapTo(Integer.class)
                .one();
    }

    private static Outcome outcome(int rows) {
        return rows > 0 ? Outcome.DONE : Outcome.UNKNOWN;
    }
}

package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/// Models that were added while the server ran, and the workspaces that only local models may see.
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class ModelTable {
    private final Database database;

    public ModelTable(Database database) {
        this.database = database;
    }

    /// A stored model.
    ///
    /// @param entry a JSON object: its entry in the form of the models file, without a key
    public record Entry(String name, String entry) {}

    /// All models, in the order in which they were added.
    public List<Entry> all() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT name, entry FROM models ORDER BY position")
                                .map((row, _) ->
                                        new Entry(row.getString("name"), row.getString("entry")))
                                .list());
    }

    /// Adds a model, or replaces the one of this name.
    public void put(Entry model) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO models (name, entry) VALUES (:name, :entry)
                                        ON CONFLICT (name) DO UPDATE SET entry = excluded.entry
                                        """)
                                .bind("name", model.name())
                                .bind("entry", model.entry())
                                .execute());
    }

    public void delete(String name) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM models WHERE name = :name")
                                .bind("name", name)
                                .execute());
    }

    /// The workspaces that only local models may see.
    public Set<WorkspaceId> localOnly() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle
                                .createQuery("SELECT workspace_id FROM local_only_workspaces")
                                .mapTo(UUID.class)
                                .stream()
                                .map(WorkspaceId::new)
                                .collect(Collectors.toUnmodifiableSet()));
    }

    public void setLocalOnly(WorkspaceId workspace, boolean isLocalOnly) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        isLocalOnly
                                                ? """
                                                INSERT INTO local_only_workspaces (workspace_id)
                                                VALUES (:workspace) ON CONFLICT DO NOTHING
                                                """
                                                : """
                                                DELETE FROM local_only_workspaces
                                                WHERE workspace_id = :workspace
                                                """)
                                .bind("workspace", workspace.value())
                                .execute());
    }
}

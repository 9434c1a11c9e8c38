package dev.qide.server;

import dev.qide.server.api.StatusEndpoints;
import dev.qide.server.status.Incidents;
import dev.qide.server.status.StatusHistory;
import dev.qide.server.status.StatusReports;
import dev.qide.server.store.Database;
import dev.qide.server.store.IncidentTable;
import dev.qide.server.store.StatusTable;
import dev.qide.server.telemetry.Health;
import java.time.InstantSource;

/// Wires the status page: the recorded history of the components, and incidents.
record StatusComponents(StatusHistory history, StatusEndpoints endpoints) implements AutoCloseable {
    static StatusComponents of(Health health, Database database, InstantSource clock) {
        var table = new StatusTable(database);
        var incidents = new Incidents(new IncidentTable(database), clock);
        var history = new StatusHistory(health, table, clock).begin();
        health.register("status-history", history::state);
        return new StatusComponents(
                history,
                new StatusEndpoints(new StatusReports(health, table, incidents, clock), incidents));
    }

    @Override
    public void close() {
        history.close();
    }
}

package dev.qide.server.api;

import dev.qide.server.status.Incidents;
import dev.qide.server.status.StatusReports;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.Failure;
import dev.qide.wire.NewIncident;
import dev.qide.wire.NewIncidentUpdate;
import dev.qide.wire.WireJson;
import java.io.IOException;

/// The status page with its feed, its report as JSON, and the incidents that administrators report.
public final class StatusEndpoints {
    private static final int BODY_BYTES = 32 << 10;

    private final StatusReports reports;
    private final Incidents incidents;

    public StatusEndpoints(StatusReports reports, Incidents incidents) {
        this.reports = reports;
        this.incidents = incidents;
    }

    Answer page(HttpEndpoints.Exchange exchange) {
        return StatusPage.of(reports.now());
    }

    Answer feed(HttpEndpoints.Exchange exchange) {
        return StatusFeed.of(reports.now());
    }

    Answer report(HttpEndpoints.Exchange exchange) {
        return Answer.json(200, WireJson.write(reports.now())).with("Cache-Control", "no-store");
    }

    /// 201 with `Location`.
    Answer create(HttpEndpoints.Exchange exchange) throws IOException {
        var id = incidents.create(exchange.body(BODY_BYTES, NewIncident.class));
        reports.changed();
        return Answer.empty(201).with("Location", "incidents/" + id);
    }

    Answer add(HttpEndpoints.Exchange exchange) throws IOException {
        var id = exchange.id("id", Failure.INCIDENT_UNKNOWN);
        incidents.add(id, exchange.body(BODY_BYTES, NewIncidentUpdate.class));
        reports.changed();
        return Answer.empty(204);
    }

    Answer delete(HttpEndpoints.Exchange exchange) {
        incidents.delete(exchange.id("id", Failure.INCIDENT_UNKNOWN));
        reports.changed();
        return Answer.empty(204);
    }
}

package dev.qide.server.status;

import dev.qide.server.store.IncidentTable;
import dev.qide.server.store.IncidentTable.Incident;
import dev.qide.server.store.IncidentTable.Update;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.IncidentState;
import dev.qide.wire.NewIncident;
import dev.qide.wire.NewIncidentUpdate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// The incidents that administrators report. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class Incidents {
    private static final int TITLE_CHARACTERS = 120;
    private static final int TEXT_CHARACTERS = 4_000;
    private static final int UPDATES = 100;

    /// The most incidents that are shown, the latest.
    private static final int SHOWN = 50;

    private static final Duration SHOWN_FOR = Duration.ofDays(StatusHistory.DAYS);

    private final IncidentTable table;
    private final InstantSource clock;

    public Incidents(IncidentTable table, InstantSource clock) {
        this.table = table;
        this.clock = clock;
    }

    /// Reports an incident that starts now.
    ///
    /// @throws FailureException `INVALID_PARAMS` with the tags `member` and `reason`
    public UUID create(NewIncident wanted) {
        var now = clock.instant();
        var id = UUID.randomUUID();
        var title = text("title", wanted.title(), TITLE_CHARACTERS);
        var update =
                new Update(
                        now, wanted.state().name(), text("text", wanted.text(), TEXT_CHARACTERS));
        table.create(new Incident(id, title, now, List.of(update)));
        return id;
    }

    /// Reports the state of an incident.
    ///
    /// @throws FailureException `INCIDENT_UNKNOWN`, `INVALID_PARAMS` with the tags `member` and
    ///   `reason`
    public void add(UUID incident, NewIncidentUpdate wanted) {
        var update =
                new Update(
                        clock.instant(),
                        wanted.state().name(),
                        text("text", wanted.text(), TEXT_CHARACTERS));
        switch (table.add(incident, update, UPDATES)) {
            case DONE -> {}
            case UNKNOWN -> throw new FailureException(Failure.INCIDENT_UNKNOWN);
            case FULL -> throw invalid("id", "it has " + UPDATES + " updates: report another one");
        }
    }

    /// Deletes an incident that was reported by mistake.
    ///
    /// @throws FailureException `INCIDENT_UNKNOWN`
    public void delete(UUID incident) {
        if (!table.delete(incident)) {
            throw new FailureException(Failure.INCIDENT_UNKNOWN);
        }
    }

    /// The incidents of the last 90 days and those that are not resolved, the latest first.
    List<Incident> shown() {
        return table.since(clock.instant().minus(SHOWN_FOR), IncidentState.RESOLVED.name(), SHOWN);
    }

    private static String text(String member, String text, int most) {
        if (text.isBlank() || text.length() > most || text.indexOf('\0') >= 0) {
            throw invalid(member, "1 to " + most + " characters");
        }
        return text.strip();
    }

    private static FailureException invalid(String member, String reason) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("member", member, "reason", reason));
    }
}

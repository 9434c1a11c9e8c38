package dev.qide.server.status;

import dev.qide.server.store.IncidentTable;
import dev.qide.server.store.StatusTable;
import dev.qide.server.store.StatusTable.ComponentDay;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.FailureException;
import dev.qide.wire.IncidentState;
import dev.qide.wire.StatusReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reports the state of the server and its history, without any detail that an attacker could use.
/// The database is read at most once in ten seconds; while it is down, the latest history is shown.
/// Thread-safe; calls may block on the database.
public final class StatusReports {
    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final int ROWS = 10_000;
    private static final int DAY_MINUTES = 24 * 60;

    /// Minutes of this day that may lack a sample although the server runs: a sample is taken at
    /// the end of a minute, and stored after it.
    private static final int LATE_MINUTES = 2;

    private final Health health;
    private final StatusTable table;
    private final Incidents incidents;
    private final InstantSource clock;

    /// Held across the read on purpose: many requests read once.
    private final ReentrantLock reading = new ReentrantLock();

    private volatile History latest = new History(Instant.MIN, List.of(), List.of());

    /// The history and incidents in the database.
    private record History(
            Instant readAt, List<ComponentDay> days, List<IncidentTable.Incident> incidents) {}

    public StatusReports(
            Health health, StatusTable table, Incidents incidents, InstantSource clock) {
        this.health = health;
        this.table = table;
        this.incidents = incidents;
        this.clock = clock;
    }

    /// Shows a change of incidents in the next report.
    public void changed() {
        latest = new History(Instant.MIN, latest.days(), latest.incidents());
    }

    public StatusReport now() {
        var history = history();
        var states = new TreeMap<String, StatusReport.State>();
        health.states().forEach((component, state) -> states.put(component, state(state)));
        var components = new ArrayList<StatusReport.Component>();
        components.add(server(history.days()));
        states.forEach((component, state) ->
                components.add(component(component, state, days(history.days(), component))));
        var shown = history.incidents().stream().map(StatusReports::incident).toList();
        return new StatusReport(
                worst(states, shown), clock.instant().toString(), components, shown);
    }

    private History history() {
        if (isFresh(latest)) {
            return latest;
        }
        reading.lock();
        try {
            var known = latest;
            if (isFresh(known)) {
                return known;
            }
            var now = clock.instant();
            try {
                var from = today().minusDays(StatusHistory.DAYS - 1L);
                latest = new History(now, table.since(from, ROWS), incidents.shown());
            } catch (FailureException _) {
                // The database is down, which its component says.
                latest = new History(now, known.days(), known.incidents());
            }
            return latest;
        } finally {
            reading.unlock();
        }
    }

    private boolean isFresh(History history) {
        return history.readAt().isAfter(clock.instant().minus(KEPT));
    }

    private StatusReport.Component server(List<ComponentDay> all) {
        var days = new ArrayList<StatusReport.Day>();
        LocalDate next = null;
        for (var one : days(all, StatusHistory.SERVER)) {
            for (; next != null && next.isBefore(one.day()); next = next.plusDays(1)) {
                days.add(new StatusReport.Day(next.toString(), 0, 0, 0, DAY_MINUTES));
            }
            // On the first day the server may have been new.
            days.add(day(one, next == null ? 0 : Math.max(0, expected(one.day()) - one.up())));
            next = one.day().plusDays(1);
        }
        return new StatusReport.Component(
                StatusHistory.SERVER, StatusReport.State.UP, uptime(days), days);
    }

    /// The samples that a day of a server that always runs has by now.
    private int expected(LocalDate day) {
        var start = day.atStartOfDay().toInstant(ZoneOffset.UTC);
        long passed = ChronoUnit.MINUTES.between(start, clock.instant()) - LATE_MINUTES;
        return Math.clamp(passed, 0, DAY_MINUTES - LATE_MINUTES);
    }

    private static StatusReport.Component component(
            String name, StatusReport.State state, List<ComponentDay> all) {
        var days = all.stream().map(one -> day(one, 0)).toList();
        return new StatusReport.Component(name, state, uptime(days), days);
    }

    private static StatusReport.Day day(ComponentDay one, int missing) {
        return new StatusReport.Day(
                one.day().toString(), one.up(), one.degraded(), one.down(), missing);
    }

    private static List<ComponentDay> days(List<ComponentDay> all, String component) {
        return all.stream().filter(one -> one.component().equals(component)).toList();
    }

    /// The share of the minutes in which it worked, with restrictions or without.
    private static @Nullable Double uptime(List<StatusReport.Day> days) {
        long worked = 0;
        long all = 0;
        for (var day : days) {
            worked += day.up() + day.degraded();
            all += (long) day.up() + day.degraded() + day.down() + day.missing();
        }
        return all == 0 ? null : (double) worked / all;
    }

    private static StatusReport.Incident incident(IncidentTable.Incident incident) {
        return new StatusReport.Incident(
                incident.id().toString(),
                incident.title(),
                incident.startedAt().toString(),
                incident.updates().stream()
                        .map(update ->
                                new StatusReport.Update(
                                        update.at().toString(),
                                        IncidentState.valueOf(update.state()),
                                        update.text()))
                        .toList());
    }

    private static StatusReport.State state(Health.State state) {
        return switch (state) {
            case Health.State.Up() -> StatusReport.State.UP;
            case Health.State.Degraded _ -> StatusReport.State.DEGRADED;
            case Health.State.Down _ -> StatusReport.State.DOWN;
        };
    }

    /// An incident that is not resolved is a restriction, whatever the components say.
    private static StatusReport.State worst(
            Map<String, StatusReport.State> states, List<StatusReport.Incident> incidents) {
        if (states.containsValue(StatusReport.State.DOWN)) {
            return StatusReport.State.DOWN;
        }
        boolean isOpen =
                incidents.stream()
                        .anyMatch(one -> one.updates().getLast().state() != IncidentState.RESOLVED);
        return isOpen || states.containsValue(StatusReport.State.DEGRADED)
                ? StatusReport.State.DEGRADED
                : StatusReport.State.UP;
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}

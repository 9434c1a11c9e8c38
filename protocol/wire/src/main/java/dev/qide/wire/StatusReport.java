package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/status`: the public state of the server.
///
/// @param state the worst state of a component; `degraded` also during an incident
/// @param at the time of the report, ISO 8601
/// @param components the first one, `server`, is the process itself
/// @param incidents the incidents of the last 90 days and all unresolved ones, the latest first
public record StatusReport(
        State state, String at, List<Component> components, List<Incident> incidents) {
    public StatusReport {
        components = List.copyOf(components);
        incidents = List.copyOf(incidents);
    }

    /// The state of the server or of a component.
    public enum State {
        UP,
        /// Works with restrictions.
        DEGRADED,
        DOWN
    }

    /// A part of the server.
    ///
    /// @param uptime the share of the minutes of the last 90 days in which it worked, from 0 to 1;
    ///   absent before the first minute
    /// @param days those of the last 90 that have data, the earliest first
    public record Component(String name, State state, @Nullable Double uptime, List<Day> days) {
        public Component {
            days = List.copyOf(days);
        }
    }

    /// The minutes of a day (UTC) in each state.
    ///
    /// @param missing those in which no server ran; 0 for components other than `server`
    public record Day(String day, int up, int degraded, int down, int missing) {}

    /// An outage that an administrator reported.
    ///
    /// @param updates the earliest first, at least one; the last one is its state
    public record Incident(String id, String title, String startedAt, List<Update> updates) {
        public Incident {
            updates = List.copyOf(updates);
        }
    }

    /// @param text plain text
    public record Update(String at, IncidentState state, String text) {}
}

package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/audit`: the latest events first.
///
/// @param next the value of `before` for the following page; absent on the last one
public record AuditPage(List<Event> events, @Nullable Long next) {
    public AuditPage {
        events = List.copyOf(events);
    }

    /// @param at ISO 8601, UTC
    /// @param person stable id; absent if the person is unknown
    /// @param name the person's current name; absent if the person is unknown or a former member
    /// @param operation a method and a path template, `connect`, `login`, `model`
    /// @param object the object of the operation; empty if it has none
    /// @param address the client's address; empty for none
    /// @param result `ok`, or the name of the failure
    public record Event(
            long id,
            String at,
            @Nullable String person,
            @Nullable String name,
            String operation,
            String object,
            String address,
            String result) {}
}

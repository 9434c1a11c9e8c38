package dev.qide.server.telemetry;

import java.util.Map;

/// One timed step of a request or an edit, as it goes to an OpenTelemetry collector. Immutable.
///
/// No attribute may contain users' text, a token, a credential or file content.
///
/// @param name from a closed set, such as a method of the protocol
/// @param begunNanos when it began, by `System.nanoTime`; it ends when it is recorded
/// @param attributes texts and whole numbers by name, with the names of OpenTelemetry's semantic
///   conventions where there is one
public record Span(
        String name, Kind kind, long begunNanos, boolean isFailed, Map<String, Object> attributes) {
    /// The side of a call that a span describes.
    public enum Kind {
        /// This server answers.
        SERVER,
        /// This server asks another program and waits.
        CLIENT
    }

    public Span {
        attributes = Map.copyOf(attributes);
    }
}

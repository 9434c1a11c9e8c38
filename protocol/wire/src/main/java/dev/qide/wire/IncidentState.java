package dev.qide.wire;

/// The state of an incident.
public enum IncidentState {
    INVESTIGATING,
    /// The cause is known.
    IDENTIFIED,
    /// It is mended and watched.
    MONITORING,
    RESOLVED
}

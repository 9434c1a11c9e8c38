package dev.qide.wire;

/// Body of `POST /api/incidents/{id}/updates`.
///
/// @param text plain text of at most 4,000 characters
public record NewIncidentUpdate(IncidentState state, String text) {}

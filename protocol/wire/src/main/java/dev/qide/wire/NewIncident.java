package dev.qide.wire;

/// Body of `POST /api/incidents`.
///
/// @param title at most 120 characters
/// @param text the first update, plain text of at most 4,000 characters
public record NewIncident(String title, IncidentState state, String text) {}

package dev.qide.wire;

/// Body of `POST /api/organisations`.
///
/// @param name 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or
///   digit
public record NewOrganisation(String name) {}

package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Body of `POST /api/workspaces`.
///
/// @param name 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or
///   digit
/// @param template one of `GET /api/templates`; null for an empty workspace
public record NewWorkspace(String name, @Nullable String template) {}

package dev.qide.wire;

/// Answer to `GET /api/workspaces/{ws}/local-models-only`.
///
/// @param isOn whether the workspace's texts reach local models only
public record LocalModelsOnly(boolean isOn) {}

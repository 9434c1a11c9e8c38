package dev.qide.wire;

/// Body of `PATCH /api/me`.
///
/// @param name the name that others see: 1 to 60 code points
public record NewName(String name) {}

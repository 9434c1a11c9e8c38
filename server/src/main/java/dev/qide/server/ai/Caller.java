package dev.qide.server.ai;

import org.jspecify.annotations.Nullable;

/// Who calls a model.
///
/// @param principal the id of the person, whom the call is booked to
/// @param workspace the name of the workspace; null for a call from outside of any
public record Caller(String principal, @Nullable String workspace) {}

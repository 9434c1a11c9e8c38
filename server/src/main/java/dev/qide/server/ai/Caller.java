package dev.qide.server.ai;

import org.jspecify.annotations.Nullable;

/// The caller of a model.
///
/// @param principal the id of the person who pays for the call
/// @param workspace the name of the workspace; null for a call outside any workspace
public record Caller(String principal, @Nullable String workspace) {}

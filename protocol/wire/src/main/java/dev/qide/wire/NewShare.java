package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Body of `POST /api/workspaces/{ws}/shares`.
///
/// @param expiresInDays from 1 to 90; 7 when absent
/// @param name the guest's name to others; derived when absent
public record NewShare(
        ShareList.Role role, @Nullable Integer expiresInDays, @Nullable String name) {}

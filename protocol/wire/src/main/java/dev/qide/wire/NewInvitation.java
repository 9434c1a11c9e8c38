package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Body of `POST /api/organisations/{org}/invitations`.
///
/// @param role the role of the invited person
/// @param expiresInDays from 1 to 30; 7 when absent
public record NewInvitation(MemberRole.Role role, @Nullable Integer expiresInDays) {}

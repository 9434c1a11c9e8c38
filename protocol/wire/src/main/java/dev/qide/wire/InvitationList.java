package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/organisations/{org}/invitations`: the invitations that can still be
/// accepted, oldest first.
public record InvitationList(List<Invitation> invitations) {
    public InvitationList {
        invitations = List.copyOf(invitations);
    }

    /// @param createdAt ISO 8601, UTC
    /// @param expiresAt ISO 8601, UTC
    public record Invitation(String id, MemberRole.Role role, String createdAt, String expiresAt) {}
}

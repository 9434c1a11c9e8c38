package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/workspaces/{ws}/shares`: the valid shares, oldest first.
public record ShareList(List<Share> shares) {
    public ShareList {
        shares = List.copyOf(shares);
    }

    /// @param name the guest's name to others, until the guest chooses another
    /// @param sharedBy stable id of the person who created it
    /// @param createdAt ISO 8601, UTC
    /// @param expiresAt ISO 8601, UTC
    public record Share(
            String id,
            Role role,
            String name,
            String sharedBy,
            String createdAt,
            String expiresAt) {}

    /// The role of a guest.
    public enum Role {
        VIEW,
        EDIT
    }
}

package dev.qide.wire;

/// Body of `PUT /api/organisations/{org}/members/{person}` and of `PUT
/// /api/workspaces/{ws}/members/{person}`.
public record MemberRole(Role role) {
    /// A role in an organisation or a workspace.
    public enum Role {
        OWNER,
        EDITOR,
        VIEWER
    }
}

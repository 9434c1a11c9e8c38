package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/workspaces`.
///
/// @param sandboxed whether the sandbox of language servers works on this machine; trust then
///   changes nothing
public record WorkspaceList(List<Workspace> workspaces, boolean sandboxed) {
    public WorkspaceList {
        workspaces = List.copyOf(workspaces);
    }

    /// @param name `name` in the home organisation, `organisation:name` in others
    /// @param role the caller's
    /// @param managed whether the server created the workspace and may delete it; otherwise its
    ///   directory was given at the start
    /// @param trusted whether language servers may run its code without the sandbox
    /// @param trustedAtStart whether the trust comes from `--trust` and lasts until the server
    ///   restarts without it
    /// @param terminals whether the caller may use terminals in it
    public record Workspace(
            String name,
            MemberRole.Role role,
            boolean managed,
            boolean trusted,
            boolean trustedAtStart,
            boolean terminals) {}
}

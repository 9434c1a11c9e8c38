package dev.qide.wire;

import java.util.List;

/// Body of the answer to `GET /api/workspaces`.
///
/// @param sandboxed whether the sandbox of language servers holds on this machine: then trust
///   changes nothing
public record WorkspaceList(List<Workspace> workspaces, boolean sandboxed) {
    public WorkspaceList {
        workspaces = List.copyOf(workspaces);
    }

    /// @param managed whether it was created here and can be deleted; else its directory was given
    ///   at the start, and is the person's own
    /// @param trusted whether language servers may run its code without the sandbox
    /// @param trustedAtStart whether that was said with `--trust`, so that it holds until the
    ///   server is started without
    public record Workspace(
            String name, boolean managed, boolean trusted, boolean trustedAtStart) {}
}

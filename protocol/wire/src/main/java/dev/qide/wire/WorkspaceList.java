package dev.qide.wire;

import java.util.List;

/// Body of the answer to `GET /api/workspaces`.
public record WorkspaceList(List<Workspace> workspaces) {
    public WorkspaceList {
        workspaces = List.copyOf(workspaces);
    }

    public record Workspace(String name) {}
}

package dev.qide.wire;

import java.util.List;

/// Answer to `POST /api/workspaces`.
///
/// @param files the number of files in the new workspace
/// @param skipped ignored entries of the archive that were left out, the first 100
public record WorkspaceCreated(String name, int files, List<String> skipped) {
    public WorkspaceCreated {
        skipped = List.copyOf(skipped);
    }
}

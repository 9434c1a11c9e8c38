package dev.qide.wire;

import java.util.List;

/// Body of the answer to `POST /api/workspaces`.
///
/// @param files how many files it begins with
/// @param skipped entries of the archive that are on the ignore list and were left out, the first
///   100
public record WorkspaceCreated(String name, int files, List<String> skipped) {
    public WorkspaceCreated {
        skipped = List.copyOf(skipped);
    }
}

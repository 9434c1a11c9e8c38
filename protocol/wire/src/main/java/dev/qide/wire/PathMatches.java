package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/workspaces/{ws}/paths`.
///
/// @param paths the best first
/// @param truncated whether there are more, or more files than are listed
public record PathMatches(List<String> paths, boolean truncated) {
    public PathMatches {
        paths = List.copyOf(paths);
    }
}

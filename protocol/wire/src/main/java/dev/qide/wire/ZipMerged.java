package dev.qide.wire;

import java.util.List;

/// Answer to `POST /api/workspaces/{ws}/zip`.
///
/// @param created the number of new files
/// @param changed the number of files that were replaced or merged
/// @param unchanged the number of files that were already identical
/// @param skipped ignored entries that were left out, the first 100
public record ZipMerged(int created, int changed, int unchanged, List<String> skipped) {
    public ZipMerged {
        skipped = List.copyOf(skipped);
    }
}

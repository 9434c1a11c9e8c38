package dev.qide.wire;

import java.util.List;

/// Body of the answer to `POST /api/workspaces/{ws}/zip`.
///
/// @param created how many files are new
/// @param changed how many were others before, or have taken the change in
/// @param unchanged how many were there as they are in the archive
/// @param skipped entries that are on the ignore list and were left out, the first 100
public record ZipMerged(int created, int changed, int unchanged, List<String> skipped) {
    public ZipMerged {
        skipped = List.copyOf(skipped);
    }
}

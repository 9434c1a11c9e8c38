package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Body of the answer to `GET /api/workspaces/{ws}/search`.
///
/// @param files how many files were searched
/// @param incomplete why there may be more: `matches` (1,000 were found), `time` (it took too
///   long), `files` (there are more than are listed); absent when everything was searched
public record SearchResult(List<Match> matches, int files, @Nullable String incomplete) {
    public SearchResult {
        matches = List.copyOf(matches);
    }

    /// One place, as in the Language Server Protocol: lines and UTF-16 units from 0.
    ///
    /// @param length UTF-16 units, to the end of the line at most
    /// @param text the line, of a long one the part around the match
    /// @param textCharacter where the match begins in `text`
    public record Match(
            String path, int line, int character, int length, String text, int textCharacter) {}
}

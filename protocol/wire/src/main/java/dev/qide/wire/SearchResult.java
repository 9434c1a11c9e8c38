package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/workspaces/{ws}/search`.
///
/// @param files the number of files searched
/// @param incomplete why there may be more matches: `matches` (as many as the limit were found),
///   `time` (the time limit was reached), `files` (there are more files than are listed); absent
///   after a complete search
public record SearchResult(List<Match> matches, int files, @Nullable String incomplete) {
    public SearchResult {
        matches = List.copyOf(matches);
    }

    /// One match; positions as in the Language Server Protocol: lines and UTF-16 units from 0.
    ///
    /// @param length UTF-16 units, at most to the end of the line
    /// @param endLine the line in which the match ends
    /// @param endCharacter the end in that line, exclusive
    /// @param text the line, or the part of a long line around the match; all lines of a match over
    ///   several, at most 2,000 characters
    /// @param textCharacter the position of the match in `text`
    public record Match(
            String path,
            int line,
            int character,
            int length,
            int endLine,
            int endCharacter,
            String text,
            int textCharacter) {}
}

package dev.qide.server.api.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// `If-None-Match` (RFC 9110, section 13.1.2).
public final class EntityTags {
    private EntityTags() {}

    /// Whether the header names this version, by the weak comparison.
    ///
    /// @param ifNoneMatch the header, or null
    /// @param etag the current version's strong tag, with its quotes
    public static boolean match(@Nullable String ifNoneMatch, String etag) {
        return ifNoneMatch != null
                && Arrays.stream(ifNoneMatch.split(",", -1))
                        .map(String::strip)
                        .anyMatch(tag ->
                                tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
    }
}

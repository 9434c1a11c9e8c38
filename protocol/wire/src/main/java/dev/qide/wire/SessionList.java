package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/me/sessions`: the caller's valid login sessions, newest first.
public record SessionList(List<Session> sessions) {
    public SessionList {
        sessions = List.copyOf(sessions);
    }

    /// @param provider id of the login provider; absent for a login with a token
    /// @param agent the browser's `User-Agent`, at most 256 characters; empty for none
    /// @param createdAt ISO 8601, UTC
    /// @param lastUsedAt ISO 8601, UTC; up to a minute old
    /// @param expiresAt ISO 8601, UTC
    /// @param current whether the request came with this session's cookie
    public record Session(
            String id,
            @Nullable String provider,
            String agent,
            String createdAt,
            String lastUsedAt,
            String expiresAt,
            boolean current) {}
}

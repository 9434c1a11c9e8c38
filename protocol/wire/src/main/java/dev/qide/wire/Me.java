package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/me`.
///
/// @param id stable id of the person
/// @param role `owner`, `editor` or `viewer`
/// @param scopes the operations that this credential permits
public record Me(String id, String name, String role, List<String> scopes) {
    public Me {
        scopes = List.copyOf(scopes);
    }
}

package dev.qide.wire;

import java.util.List;

/// Body of the answer to `GET /api/me`.
///
/// @param id stable id of the person
/// @param role `owner`, `editor` or `viewer`
/// @param scopes what this credential may be used for
public record Me(String id, String name, String role, List<String> scopes) {
    public Me {
        scopes = List.copyOf(scopes);
    }
}

package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/organisations/{org}/members` and to `GET /api/workspaces/{ws}/members`: the
/// people who log in with an account, sorted by name.
public record MemberList(List<Member> members) {
    public MemberList {
        members = List.copyOf(members);
    }

    /// @param person stable id of the person
    public record Member(String person, String name, MemberRole.Role role) {}
}

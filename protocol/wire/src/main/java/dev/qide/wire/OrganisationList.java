package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/organisations`: the organisations that the caller may see, sorted by name.
public record OrganisationList(List<Organisation> organisations) {
    public OrganisationList {
        organisations = List.copyOf(organisations);
    }

    /// @param owner whether the caller may change its members and workspaces
    public record Organisation(String name, boolean owner) {}
}

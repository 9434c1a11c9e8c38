package dev.qide.server.workspace;

import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.WorkspaceTable.Managed;
import dev.qide.server.store.WorkspaceTable.Owner;

/// The address of a workspace: its organisation, and its name there.
public record WorkspaceAddress(OrganisationId organisation, String organisationName, String name) {
    /// The address in the home organisation.
    public static WorkspaceAddress inHomeOrganisation(String name) {
        return new WorkspaceAddress(Owner.HOME.organisation(), Owner.HOME.name(), name);
    }

    static WorkspaceAddress of(Managed managed) {
        var owner = managed.owner();
        return new WorkspaceAddress(owner.organisation(), owner.name(), managed.name());
    }

    Owner owner() {
        return new Owner(organisation, organisationName);
    }

    /// Its name in URLs: `name` in the home organisation, `organisation:name` in others.
    public String reference() {
        return organisation.equals(OrganisationId.HOME)
                ? name
                : organisationName + OrganisationId.NAME_END + name;
    }
}

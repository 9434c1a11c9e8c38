package dev.qide.server.identity;

import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.WorkspaceId;

/// The object of an [Action]. Immutable.
public sealed interface Resource {
    /// The objects that belong to no organisation: the server, and the caller's own account.
    Resource SERVER = new Server();

    /// The home organisation.
    OfOrganisation HOME = new OfOrganisation(OrganisationId.HOME);

    /// See [#SERVER].
    record Server() implements Resource {}

    /// An organisation with its members and its list of workspaces.
    record OfOrganisation(OrganisationId id) implements Resource {}

    /// A workspace with its documents, files, chat and language servers.
    ///
    /// @param organisation the one that it belongs to
    record OfWorkspace(WorkspaceId id, OrganisationId organisation) implements Resource {}
}

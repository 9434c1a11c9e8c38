package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.OrganisationTable;
import dev.qide.server.store.WorkspaceId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The roles of one person. A role in an organisation holds in each of its workspaces; in a
/// workspace the higher of both counts. Immutable.
///
/// @param organisations the role in each organisation that the person is a member of
/// @param workspaces the role in each workspace where the person is a member or a guest
public record Roles(Map<OrganisationId, Role> organisations, Map<WorkspaceId, Role> workspaces) {
    public Roles {
        organisations = Map.copyOf(organisations);
        workspaces = Map.copyOf(workspaces);
    }

    /// Those of a member of the home organisation.
    static Roles ofHomeOrganisation(Role role) {
        return new Roles(Map.of(OrganisationId.HOME, role), Map.of());
    }

    /// Those of a guest of one workspace.
    static Roles ofGuest(WorkspaceId workspace, Role role) {
        return new Roles(Map.of(), Map.of(workspace, role));
    }

    /// Those of several people. A role that this version does not know allows nothing.
    static Map<UUID, Roles> byPerson(List<OrganisationTable.Role> rows) {
        var organisations = new HashMap<UUID, Map<OrganisationId, Role>>();
        var workspaces = new HashMap<UUID, Map<WorkspaceId, Role>>();
        for (var row : rows) {
            var role = Role.named(row.role());
            var organisation = row.organisation();
            var workspace = row.workspace();
            if (role != null && organisation != null) {
                organisations
                        .computeIfAbsent(row.person(), _ -> new HashMap<>())
                        .put(organisation, role);
            } else if (role != null && workspace != null) {
                workspaces.computeIfAbsent(row.person(), _ -> new HashMap<>()).put(workspace, role);
            }
        }
        return Stream.concat(organisations.keySet().stream(), workspaces.keySet().stream())
                .distinct()
                .collect(
                        Collectors.toMap(
                                Function.identity(),
                                person ->
                                        new Roles(
                                                organisations.getOrDefault(person, Map.of()),
                                                workspaces.getOrDefault(person, Map.of()))));
    }

    /// The role on a resource; null for none. On the server it is the role in the home
    /// organisation.
    public @Nullable Role on(Resource resource) {
        return switch (resource) {
            case Resource.Server _ -> organisations.get(OrganisationId.HOME);
            case Resource.OfOrganisation(var id) -> organisations.get(id);
            case Resource.OfWorkspace(var id, var organisation) ->
                    higher(organisations.get(organisation), workspaces.get(id));
        };
    }

    /// Whether the person is a member of no organisation.
    boolean isGuest() {
        return organisations.isEmpty();
    }

    /// Whether the person is an owner of something.
    boolean isOwner() {
        return organisations.containsValue(Role.OWNER) || workspaces.containsValue(Role.OWNER);
    }

    /// The role in the home organisation; without one the highest that the person has anywhere.
    Role main() {
        var atHome = organisations.get(OrganisationId.HOME);
        return atHome != null
                ? atHome
                : Stream.concat(organisations.values().stream(), workspaces.values().stream())
                        .min(Role::compareTo)
                        .orElse(Role.VIEWER);
    }

    private static @Nullable Role higher(@Nullable Role one, @Nullable Role other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.includes(other) ? one : other;
    }
}

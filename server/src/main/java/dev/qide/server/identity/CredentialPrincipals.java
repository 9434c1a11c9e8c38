package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.OrganisationTable;
import dev.qide.server.store.TokenTable;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Creates the principal of a valid credential, with the role of the token or with the person's
/// current roles. Thread-safe; calls block on the database.
final class CredentialPrincipals {
    private final OrganisationTable organisations;

    CredentialPrincipals(OrganisationTable organisations) {
        this.organisations = organisations;
    }

    /// The principals of those credentials that allow anything that this version knows.
    Map<CredentialId, Principal> of(List<TokenTable.ValidCredential> valid) {
        var roles = rolesOf(valid);
        var principals = new HashMap<CredentialId, Principal>();
        for (var one : valid) {
            var id = CredentialId.of(one.hash());
            var principal =
                    one.isMember()
                            ? member(id, one, roles.get(one.principal()))
                            : principal(id, one);
            if (principal != null) {
                principals.put(id, principal);
            }
        }
        return principals;
    }

    /// The roles of the people whose credentials have those of their memberships.
    private Map<UUID, Roles> rolesOf(List<TokenTable.ValidCredential> valid) {
        var people =
                valid.stream()
                        .filter(TokenTable.ValidCredential::isMember)
                        .map(TokenTable.ValidCredential::principal)
                        .collect(Collectors.toSet());
        return people.isEmpty() ? Map.of() : Roles.byPerson(organisations.roles(people));
    }

    /// A person's rights by the memberships; null without any.
    ///
    /// @param credential with the scopes that it is limited to; none for a login by an account,
    ///   which has all that the roles allow
    private static @Nullable Principal member(
            CredentialId id, TokenTable.ValidCredential credential, @Nullable Roles roles) {
        if (roles == null) {
            return null;
        }
        var scopes = scopesOf(roles);
        boolean isByAccount = credential.isLogin() && credential.scopes().isEmpty();
        if (!isByAccount) {
            scopes.retainAll(scopes(credential));
        }
        return new Principal(
                new UserId(credential.principal()), credential.name(), roles, scopes, id);
    }

    /// Null for a role unknown to this version.
    private static @Nullable Principal principal(
            CredentialId id, TokenTable.ValidCredential credential) {
        var role = Role.named(credential.role());
        if (role == null) {
            return null;
        }
        var workspace = credential.workspace();
        return new Principal(
                new UserId(credential.principal()),
                credential.name(),
                workspace == null ? Roles.ofHomeOrganisation(role) : Roles.ofGuest(workspace, role),
                scopes(credential),
                id);
    }

    /// Unknown scopes permit nothing.
    private static Set<Scope> scopes(TokenTable.ValidCredential credential) {
        var scopes = EnumSet.noneOf(Scope.class);
        for (var name : credential.scopes()) {
            var scope = named(Scope.values(), name);
            if (scope != null) {
                scopes.add(scope);
            }
        }
        return scopes;
    }

    /// The scopes of a person with these roles who has logged in with an account.
    private static Set<Scope> scopesOf(Roles roles) {
        var scopes = EnumSet.of(Scope.READ, Scope.EDIT, Scope.AI);
        if (roles.isOwner()) {
            scopes.add(Scope.ADMIN);
        }
        if (roles.on(Resource.SERVER) == Role.OWNER) {
            scopes.add(Scope.OBSERVE);
        }
        return scopes;
    }

    private static <E extends Enum<E>> @Nullable E named(E[] all, String name) {
        for (var one : all) {
            if (one.name().equals(name)) {
                return one;
            }
        }
        return null;
    }
}

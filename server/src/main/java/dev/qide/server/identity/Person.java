package dev.qide.server.identity;

import java.util.Set;
import java.util.UUID;

/// Who is behind a connection or a request, as far as the credential that was shown allows.
///
/// @param name what others see
/// @param scopes what this credential may be used for
public record Person(UserId id, String name, Role role, Set<Scope> scopes) {
    public Person {
        scopes = Set.copyOf(scopes);
    }

    /// Whether this person may change text: an owner or editor whose credential has the scope
    /// `edit`.
    public boolean canEdit() {
        return role != Role.VIEWER && scopes.contains(Scope.EDIT);
    }

    public boolean has(Scope scope) {
        return scopes.contains(scope);
    }

    public record UserId(UUID value) {}

    public enum Role {
        OWNER,
        EDITOR,
        VIEWER
    }

    public enum Scope {
        EDIT,
        READ,
        AI,
        OBSERVE,
        ADMIN
    }
}

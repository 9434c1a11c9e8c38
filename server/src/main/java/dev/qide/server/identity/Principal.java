package dev.qide.server.identity;

import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/// Who is behind a connection or a request, as far as the credential that was shown allows.
///
/// @param name what others see
/// @param scopes what this credential may be used for
/// @param credential the one that was shown: the same person may have several, and may do different
///   things with each
public record Principal(
        UserId id, String name, Role role, Set<Scope> scopes, CredentialId credential) {
    public Principal {
        scopes = Set.copyOf(scopes);
    }

    /// Whether this person may read text: the credential has the scope `read` or `edit`.
    public boolean canRead() {
        return has(Scope.READ) || has(Scope.EDIT);
    }

    /// Whether this person may change text: an owner or editor whose credential has the scope
    /// `edit`.
    public boolean canEdit() {
        return role != Role.VIEWER && has(Scope.EDIT);
    }

    /// Whether this person may administer the server: the owner, whose credential has the scope
    /// `admin`.
    public boolean canAdminister() {
        return role == Role.OWNER && has(Scope.ADMIN);
    }

    public boolean has(Scope scope) {
        return scopes.contains(scope);
    }

    public record UserId(UUID value) {}

    public enum Role {
        OWNER,
        EDITOR,
        VIEWER;

        /// As people write it.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum Scope {
        EDIT,
        READ,
        AI,
        OBSERVE,
        ADMIN;

        /// As people write it.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

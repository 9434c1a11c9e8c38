package dev.qide.server.identity;

import dev.qide.server.store.WorkspaceId;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The person behind a connection or request, with the rights of the presented credential.
///
/// @param name the name shown to others
/// @param scopes the operations that this credential permits
/// @param credential the presented credential; a person may have several with different scopes
/// @param onlyIn the only workspace where the credential is valid; null for all
public record Principal(
        UserId id,
        String name,
        Role role,
        Set<Scope> scopes,
        CredentialId credential,
        @Nullable WorkspaceId onlyIn) {
    public Principal {
        scopes = Set.copyOf(scopes);
    }

    /// Whether the credential is valid in a workspace.
    public boolean mayEnter(WorkspaceId workspace) {
        return onlyIn == null || onlyIn.equals(workspace);
    }

    /// Whether the credential is valid in every workspace.
    public boolean isUnrestricted() {
        return onlyIn == null;
    }

    /// Whether this principal may read text: the credential has the scope `read` or `edit`.
    public boolean canRead() {
        return has(Scope.READ) || has(Scope.EDIT);
    }

    /// Whether this principal may change text: an owner or editor whose credential has the scope
    /// `edit`.
    public boolean canEdit() {
        return role != Role.VIEWER && has(Scope.EDIT);
    }

    /// Whether this principal may administer the server: the owner, with a credential that has the
    /// scope `admin`.
    public boolean canAdminister() {
        return role == Role.OWNER && has(Scope.ADMIN);
    }

    /// The same principal under another name.
    public Principal named(String newName) {
        return new Principal(id, newName, role, scopes, credential, onlyIn);
    }

    public boolean has(Scope scope) {
        return scopes.contains(scope);
    }

    public record UserId(UUID value) {}

    public enum Role {
        OWNER,
        EDITOR,
        VIEWER;

        /// The lower-case name.
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum Scope {
        EDIT,
        READ,
        AI,
        OBSERVE,
        ADMIN;

        /// The lower-case name.
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

package dev.qide.server.identity;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The person behind a connection or request, with the rights of the presented credential.
/// [Authorizer] decides what these rights allow.
///
/// @param name the name shown to others
/// @param roles the person's roles in organisations and workspaces, limited to those that the
///   credential covers
/// @param scopes the operations that this credential permits
/// @param credential the presented credential; a person may have several with different scopes
public record Principal(
        UserId id, String name, Roles roles, Set<Scope> scopes, CredentialId credential) {
    public Principal {
        scopes = Set.copyOf(scopes);
    }

    /// The role in the home organisation, or else the person's highest role anywhere. For display
    /// only.
    public Role role() {
        return roles.main();
    }

    /// The same principal under another name.
    public Principal named(String newName) {
        return new Principal(id, newName, roles, scopes, credential);
    }

    /// The person's id as text, under which presence, rates and budgets are kept.
    public String key() {
        return id.toString();
    }

    public boolean has(Scope scope) {
        return scopes.contains(scope);
    }

    /// A person.
    public record UserId(UUID value) {
        /// The id as HTTP, presence and logs have it.
        @Override
        public String toString() {
            return value.toString();
        }
    }

    /// A role in an organisation or a workspace, the highest first. Each includes the later ones.
    public enum Role {
        OWNER,
        EDITOR,
        VIEWER;

        /// Whether this role allows what the other one does.
        public boolean includes(Role other) {
            return compareTo(other) <= 0;
        }

        /// The role of this name; null for one that this version does not know.
        static @Nullable Role named(String name) {
            return Arrays.stream(values())
                    .filter(role -> role.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }

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

package dev.qide.server.api;

import dev.qide.server.identity.Principal;
import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;

/// Who may use an endpoint.
enum AccessRule {
    /// Anybody, without a credential.
    ANYONE,
    /// A direct peer on this machine, or a credential of scope `observe`.
    OBSERVER,
    /// Anybody with a valid credential.
    PRINCIPAL,
    /// A credential of scope `ai`.
    MODEL_USER,
    /// A credential of scope `read` or `edit`.
    READER,
    /// An owner or editor with a credential of scope `edit`.
    EDITOR,
    /// An owner with a credential of scope `edit`.
    OWNER,
    /// An owner with a credential of scope `admin`.
    ADMINISTRATOR;

    /// Whether a person with a valid credential may use the endpoint.
    boolean admits(Principal principal) {
        return switch (this) {
            case ANYONE, PRINCIPAL -> true;
            case OBSERVER -> principal.has(Scope.OBSERVE);
            case MODEL_USER -> principal.has(Scope.AI);
            case READER -> principal.canRead();
            case EDITOR -> principal.canEdit();
            case OWNER ->
                    principal.role() == Role.OWNER
                            && principal.canEdit()
                            && principal.isUnrestricted();
            case ADMINISTRATOR -> principal.canAdminister();
        };
    }
}

package dev.qide.server.identity;

import dev.qide.server.identity.Principal.Role;
import dev.qide.server.identity.Principal.Scope;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every operation that needs a permission; [Authorizer] decides. Each row states the kind of
/// resource, the minimum role on that resource, and the scopes of which the credential needs one.
public enum Action {
    /// To use pages that need no credential.
    USE_PUBLIC_PAGES(Resource.Server.class, null),
    /// To see metrics and the state of components.
    OBSERVE(Resource.Server.class, null, Scope.OBSERVE),
    /// To see one's own account, request a ticket or log out: with any valid credential.
    USE_ACCOUNT(Resource.Server.class, null, Scope.values()),
    /// To manage one's tokens and login sessions: not for guests, who share a link.
    MANAGE_CREDENTIALS(Resource.Server.class, null, Scope.values()),
    /// To change one's name and settings.
    CHANGE_ACCOUNT(Resource.Server.class, null, Scope.READ, Scope.EDIT),
    /// To list the workspaces and organisations that one may see.
    LIST(Resource.Server.class, null, Scope.READ, Scope.EDIT),
    /// To call a model without a workspace.
    CALL_MODELS(Resource.Server.class, null, Scope.AI),
    /// To share and join rooms of Open Collaboration Tools.
    USE_ROOMS(Resource.Server.class, null, Scope.READ, Scope.EDIT),
    /// To read the audit log.
    READ_AUDIT(Resource.Server.class, Role.OWNER, Scope.ADMIN),
    /// To see the servers on the database.
    READ_NODES(Resource.Server.class, Role.OWNER, Scope.ADMIN),
    /// To see everybody's usage of models.
    READ_ALL_USAGE(Resource.Server.class, Role.OWNER, Scope.ADMIN),

    /// To add, change and remove models.
    MANAGE_MODELS(Resource.Server.class, Role.OWNER, Scope.ADMIN),

    /// To report incidents on the status page.
    MANAGE_INCIDENTS(Resource.Server.class, Role.OWNER, Scope.ADMIN),

    /// To create an organisation.
    CREATE_ORGANISATION(Resource.Server.class, Role.OWNER, Scope.ADMIN),

    /// To see the members of an organisation.
    READ_ORGANISATION(Resource.OfOrganisation.class, Role.VIEWER, Scope.READ, Scope.EDIT),
    /// To invite people, change roles and remove members.
    MANAGE_MEMBERS(Resource.OfOrganisation.class, Role.OWNER, Scope.ADMIN),
    /// To store and delete the organisation's keys of model providers.
    MANAGE_MODEL_KEYS(Resource.OfOrganisation.class, Role.OWNER, Scope.ADMIN),
    /// To set the organisation's budgets for models, and to see what its members spend.
    MANAGE_BUDGETS(Resource.OfOrganisation.class, Role.OWNER, Scope.ADMIN),
    /// To call a model outside any workspace as a call of the organisation.
    CALL_MODELS_FOR_ORGANISATION(Resource.OfOrganisation.class, Role.VIEWER, Scope.AI),
    /// To end one's own membership.
    LEAVE_ORGANISATION(Resource.OfOrganisation.class, Role.VIEWER, Scope.values()),
    /// To create a workspace.
    CREATE_WORKSPACE(Resource.OfOrganisation.class, Role.OWNER, Scope.EDIT),

    /// To read documents and files, to be present, and to send language servers requests that
    /// change nothing.
    READ_WORKSPACE(Resource.OfWorkspace.class, Role.VIEWER, Scope.READ, Scope.EDIT),
    /// To change documents and files, and to write to the chat.
    EDIT_WORKSPACE(Resource.OfWorkspace.class, Role.EDITOR, Scope.EDIT),
    /// To run programs of the workspace in a terminal: not for guests, whose link anybody may have.
    USE_TERMINALS(Resource.OfWorkspace.class, Role.EDITOR, Scope.EDIT),
    /// To call a model with the texts of the workspace.
    ASK_MODELS(Resource.OfWorkspace.class, Role.VIEWER, Scope.AI),
    /// To delete the workspace, to let guests in, and to see who has a role in it.
    MANAGE_WORKSPACE(Resource.OfWorkspace.class, Role.OWNER, Scope.EDIT),
    /// To give people roles in the workspace, which last longer than the credential.
    MANAGE_WORKSPACE_MEMBERS(Resource.OfWorkspace.class, Role.OWNER, Scope.ADMIN),
    /// To let code of the workspace run outside the sandbox: with the rights of the server, so that
    /// only an owner of the home organisation may allow it.
    TRUST_WORKSPACE(Resource.OfWorkspace.class, Role.OWNER, Scope.ADMIN);

    private final Class<? extends Resource> kind;
    private final @Nullable Role role;

    /// Of `Set.of`, which cannot change.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Set<Scope> scopes;

    /// @param role the minimum role on the resource; null if none is needed
    /// @param scopes of which the credential needs one
    Action(Class<? extends Resource> kind, @Nullable Role role, Scope... scopes) {
        this.kind = kind;
        this.role = role;
        this.scopes = Set.of(scopes);
    }

    /// Whether anybody may do it, without a credential.
    public boolean isPublic() {
        return this == USE_PUBLIC_PAGES;
    }

    /// Whether it is done to resources of this kind.
    boolean fits(Resource resource) {
        return kind.isInstance(resource);
    }

    /// Whether only owners of the home organisation may do it.
    boolean isForOperators() {
        return this == TRUST_WORKSPACE;
    }

    /// Whether owners of the home organisation may do it in every organisation: they manage its
    /// members, but do not see its workspaces.
    boolean isOpenToOperators() {
        return this == READ_ORGANISATION || this == MANAGE_MEMBERS;
    }

    /// Whether guests may not do it, whatever their role.
    boolean isForMembers() {
        return this == MANAGE_CREDENTIALS || this == USE_TERMINALS;
    }

    @Nullable Role leastRole() {
        return role;
    }

    Set<Scope> scopes() {
        return scopes;
    }
}

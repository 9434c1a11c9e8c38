package dev.qide.server.identity;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The one place that decides who may do what. The tables of endpoints and of JSON-RPC methods name
/// the [Action] of each row; everything that is not allowed here is refused.
///
/// Pure functions of a principal, whose roles the server keeps current: no call waits.
public final class Authorizer {
    private Authorizer() {}

    /// Whether a principal may do something to a resource.
    ///
    /// @param principal null without a credential
    public static boolean can(@Nullable Principal principal, Action action, Resource resource) {
        if (!action.fits(resource)) {
            return false;
        }
        if (principal == null || action.isPublic()) {
            return action.isPublic();
        }
        return action.scopes().stream().anyMatch(principal::has)
                && hasRole(principal, action, resource)
                && (!action.isForOperators() || isOperator(principal))
                && (!action.isForMembers() || !principal.roles().isGuest());
    }

    /// Everything that a principal may do to a resource.
    public static Set<Action> actions(Principal principal, Resource resource) {
        var allowed = EnumSet.noneOf(Action.class);
        for (var action : Action.values()) {
            if (can(principal, action, resource)) {
                allowed.add(action);
            }
        }
        return allowed;
    }

    /// Whether a principal may know that a resource exists.
    public static boolean isVisible(Principal principal, Resource resource) {
        return switch (resource) {
            case Resource.Server _ -> true;
            case Resource.OfOrganisation _ ->
                    isOperator(principal) || principal.roles().on(resource) != null;
            case Resource.OfWorkspace _ -> principal.roles().on(resource) != null;
        };
    }

    /// Refuses what [#can] does not allow.
    ///
    /// @throws FailureException `UNAUTHENTICATED` without a principal, else `FORBIDDEN`
    public static void require(@Nullable Principal principal, Action action, Resource resource) {
        if (!can(principal, action, resource)) {
            throw new FailureException(
                    principal == null ? Failure.UNAUTHENTICATED : Failure.FORBIDDEN);
        }
    }

    private static boolean hasRole(Principal principal, Action action, Resource resource) {
        var least = action.leastRole();
        var role = principal.roles().on(resource);
        return least == null
                || (role != null && role.includes(least))
                || (action.isOpenToOperators() && isOperator(principal));
    }

    private static boolean isOperator(Principal principal) {
        return principal.roles().on(Resource.SERVER) == Principal.Role.OWNER;
    }
}

package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Person;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// What a person may do in one workspace, as `identity` sees it at this moment. Thread-safe.
///
/// @param isKnown whether there is such a workspace: a door that logs in in-band must not tell a
///   stranger
record WorkspaceAccess(Identity identity, boolean isKnown) implements Access {
    @Override
    public Member login(@Nullable Member loggedIn, String token) {
        if (loggedIn != null && token.isEmpty()) {
            return loggedIn;
        }
        var person = identity.byToken(token);
        if (person == null || (loggedIn != null && !loggedIn.key().equals(keyOf(person)))) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        if (!isKnown) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return memberOf(person);
    }

    @Override
    public boolean canRead(Member member) {
        var person = identity.byId(member.key());
        return person != null && (person.has(Person.Scope.READ) || person.has(Person.Scope.EDIT));
    }

    @Override
    public boolean canEdit(Member member) {
        var person = identity.byId(member.key());
        return person != null && person.canEdit();
    }

    static Member memberOf(Person person) {
        return new Member(keyOf(person), person.name());
    }

    private static String keyOf(Person person) {
        return person.id().value().toString();
    }
}

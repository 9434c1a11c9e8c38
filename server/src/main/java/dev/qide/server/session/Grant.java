package dev.qide.server.session;

import dev.qide.server.collab.Access;
import dev.qide.server.identity.CredentialId;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.Person;
import dev.qide.server.identity.Person.Scope;
import dev.qide.server.socket.Outgoing;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one socket may do in its workspace, as `identity` sees it at this moment.
///
/// All credentials that are shown on a socket are of one person, whose id is the members' key. The
/// socket may do what each of them allows: the token of a viewer stays one, also when its person
/// has another. Thread-safe.
final class Grant implements Access {
    private static final int CREDENTIALS = 16;
    private static final int CLOSE_UNAUTHENTICATED = 4401;
    private static final int CLOSE_FORBIDDEN = 4403;
    private static final int CLOSE_WORKSPACE_UNKNOWN = 4404;

    private final Identity identity;
    private final Outgoing outgoing;
    private final @Nullable WorkspaceId workspace;
    private final Set<CredentialId> shown = ConcurrentHashMap.newKeySet();

    /// @param workspace where; null when there is none of that name: a door that logs in in-band
    ///   must not tell a stranger
    Grant(Identity identity, Outgoing outgoing, @Nullable WorkspaceId workspace) {
        this.identity = identity;
        this.outgoing = outgoing;
        this.workspace = workspace;
    }

    @Override
    public Member login(@Nullable Member loggedIn, String token) {
        if (loggedIn != null && token.isEmpty()) {
            return loggedIn;
        }
        var person = identity.byToken(token);
        if (person == null || (loggedIn != null && !loggedIn.key().equals(keyOf(person)))) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        if (workspace == null) {
            throw new FailureException(Failure.WORKSPACE_UNKNOWN);
        }
        return admit(person);
    }

    @Override
    public boolean canRead(Member member) {
        return allows(Person::canRead);
    }

    @Override
    public boolean canEdit(Member member) {
        return allows(Person::canEdit);
    }

    /// Whether the socket may change text and files.
    boolean canEdit() {
        return allows(Person::canEdit);
    }

    /// Whether the socket may spend what a model costs.
    boolean canAskModels() {
        return allows(person -> person.has(Scope.AI));
    }

    /// Notes a credential that was shown on this socket. Called by its reader thread.
    ///
    /// @throws FailureException `FORBIDDEN` when it does not allow to read, `TOO_MANY_REQUESTS`
    Member admit(Person person) {
        if (!person.canRead()) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        if (shown.size() >= CREDENTIALS && !shown.contains(person.credential())) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS, Map.of("reason", "credentials-of-a-socket"));
        }
        shown.add(person.credential());
        return memberOf(person);
    }

    static Member memberOf(Person person) {
        return new Member(keyOf(person), person.name());
    }

    private static String keyOf(Person person) {
        return person.id().value().toString();
    }

    /// Ends the socket when a credential that was shown on it has ended, or may no longer read.
    ///
    /// @return whether it may go on
    boolean lookAgain() {
        for (var credential : shown) {
            var person = identity.byId(credential);
            if (person == null) {
                outgoing.close(CLOSE_UNAUTHENTICATED, Failure.UNAUTHENTICATED.wireName());
                return false;
            }
            if (!person.canRead()) {
                outgoing.close(CLOSE_FORBIDDEN, Failure.FORBIDDEN.wireName());
                return false;
            }
        }
        return true;
    }

    /// Ends the socket if it is in this workspace, which was deleted.
    ///
    /// @return whether it is
    boolean endIn(WorkspaceId deleted) {
        boolean isThere = deleted.equals(workspace);
        if (isThere) {
            outgoing.close(CLOSE_WORKSPACE_UNKNOWN, Failure.WORKSPACE_UNKNOWN.wireName());
        }
        return isThere;
    }

    /// Whether the socket is closed.
    boolean isOver() {
        return outgoing.isClosed();
    }

    private boolean allows(Predicate<Person> right) {
        return !shown.isEmpty()
                && shown.stream()
                        .map(identity::byId)
                        .allMatch(person -> person != null && right.test(person));
    }
}

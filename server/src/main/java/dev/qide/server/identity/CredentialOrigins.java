package dev.qide.server.identity;

import dev.qide.server.store.Database;
import dev.qide.server.store.PersonalTokenTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;

/// Finds the token that a credential is, or was obtained with: everything created with a credential
/// ends with that token.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
final class CredentialOrigins {
    private final Identity identity;
    private final PersonalTokenTable table;

    CredentialOrigins(Identity identity, Database database) {
        this.identity = identity;
        this.table = new PersonalTokenTable(database);
    }

    /// The origin of a principal's credential.
    ///
    /// @throws FailureException `UNAUTHENTICATED` when it has ended
    PersonalTokenTable.Origin of(Principal principal) {
        var hash = principal.credential().hash();
        var origin =
                identity.isLocalToken(principal.credential())
                        ? new PersonalTokenTable.Origin(false, hash)
                        : table.originOf(hash);
        if (origin == null) {
            throw new FailureException(Failure.UNAUTHENTICATED);
        }
        return origin;
    }
}

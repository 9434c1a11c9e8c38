package dev.qide.server.identity;

import dev.qide.server.identity.Principal.UserId;
import dev.qide.server.store.Database;
import dev.qide.server.store.PeopleTable;
import org.jspecify.annotations.Nullable;

/// The e-mail addresses of people.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class EmailAddresses {
    private final PeopleTable people;

    public EmailAddresses(Database database) {
        people = new PeopleTable(database);
    }

    /// The address that a login provider has verified; of several, that of the account which the
    /// person linked first. Null for none.
    public @Nullable String of(UserId person) {
        for (var account : people.accounts(person.value())) {
            var address = account.email();
            if (address != null) {
                return address;
            }
        }
        return null;
    }
}

package dev.qide.server.identity;

import dev.qide.server.store.Database;
import dev.qide.server.store.PeopleTable;
import dev.qide.server.store.PersonDataTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Exports all data about a person, and deletes it, at the person's request.
///
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class PersonalData {
    private final PersonalTokens tokens;
    private final PersonDataTable table;
    private final PeopleTable people;
    private final InstantSource clock;

    /// @param tokens decides which credentials may manage the account
    public PersonalData(PersonalTokens tokens, Database database, InstantSource clock) {
        this.tokens = tokens;
        this.table = new PersonDataTable(database);
        this.people = new PeopleTable(database);
        this.clock = clock;
    }

    /// An account of a login provider.
    ///
    /// @param email an address that the provider has verified; null for none
    public record Account(String provider, @Nullable String email, Instant linkedAt) {}

    /// The accounts of the principal's person, oldest first.
    ///
    /// @throws FailureException `FORBIDDEN` for a guest or a personal token
    public List<Account> accounts(Principal by) {
        var _ = tokens.requireManager(by);
        return people.accounts(by.id().value()).stream()
                .map(one -> new Account(one.provider(), one.email(), one.linkedAt()))
                .toList();
    }

    /// Requires a credential that may export.
    ///
    /// @throws FailureException `FORBIDDEN` for a guest or a personal token
    public void requireExport(Principal by) {
        var _ = tokens.requireManager(by);
    }

    /// Writes all that is stored about the person, except the text of documents, which belongs to
    /// their workspaces: a JSON object with an array for each part. Reads 100 rows at a time.
    public void export(Principal by, OutputStream out) throws IOException {
        var before = "{";
        for (var part : table.partNames()) {
            out.write((before + "\n\"" + part + "\":[").getBytes(StandardCharsets.UTF_8));
            before = ",";
            var comma = "";
            int offset = 0;
            List<String> rows;
            do {
                rows = table.page(part, by.id().value(), offset);
                for (var row : rows) {
                    out.write((comma + "\n" + row).getBytes(StandardCharsets.UTF_8));
                    comma = ",";
                }
                offset += rows.size();
            } while (rows.size() == table.pageRows());
            out.write(']');
        }
        out.write("\n}\n".getBytes(StandardCharsets.UTF_8));
    }

    /// Deletes the person: accounts, names, settings, conversations, tokens and sessions. Documents
    /// and chat messages stay readable, of a "former member".
    ///
    /// @param confirm must be the person's present name
    /// @throws FailureException `FORBIDDEN` for a guest or a personal token; `INVALID_PARAMS` when
    ///   `confirm` is another name; `OWNER_NEEDED` for the local owner and the last owner
    public void delete(Principal by, String confirm) {
        var _ = tokens.requireManager(by);
        if (!confirm.equals(by.name())) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("member", "confirm"));
        }
        if (by.id().equals(Identity.LOCAL_OWNER)
                || !table.delete(by.id().value(), People.HOME, clock.instant())) {
            throw new FailureException(Failure.OWNER_NEEDED);
        }
    }
}

package dev.qide.server;

import dev.qide.server.ai.CallListener;
import dev.qide.server.ai.Caller;
import dev.qide.server.api.AccountEndpoints;
import dev.qide.server.api.AuditEndpoints;
import dev.qide.server.api.PersonEndpoints;
import dev.qide.server.audit.AuditEvent;
import dev.qide.server.audit.AuditLog;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.LoginSessions;
import dev.qide.server.identity.PersonalData;
import dev.qide.server.identity.PersonalSettings;
import dev.qide.server.identity.PersonalTokens;
import dev.qide.server.session.Sessions;
import dev.qide.server.store.Database;
import dev.qide.server.store.OrganisationId;
import dev.qide.server.store.SettingTable;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Wires what belongs to one person: name, settings, tokens, login sessions, data; and the audit of
/// what people do.
final class AccountComponents {
    private AccountComponents() {}

    static PersonEndpoints endpoints(
            Identity identity,
            Sessions sessions,
            Database database,
            AuditLog audit,
            InstantSource clock) {
        var tokens = new PersonalTokens(identity, database, new SecureRandom(), clock);
        return new PersonEndpoints(
                identity,
                new PersonalSettings(new SettingTable(database)),
                sessions,
                new AccountEndpoints(
                        tokens,
                        new LoginSessions(identity, tokens, database, clock),
                        new PersonalData(tokens, database, clock)),
                new AuditEndpoints(audit, identity));
    }

    /// Records the calls of models.
    static CallListener recordingCalls(AuditLog audit) {
        return (caller, model, outcome) ->
                audit.record(
                        new AuditEvent(
                                personOf(caller),
                                "model",
                                placeOf(caller) + model,
                                "",
                                outcome.equals("completed") ? AuditEvent.OK : outcome));
    }

    /// The prefix of an object in the audit log: `workspace/`, `organisation:/`, or nothing.
    private static String placeOf(Caller caller) {
        if (caller.workspace() != null) {
            return caller.workspace() + "/";
        }
        var organisation = caller.organisation();
        return organisation == null ? "" : organisation.name() + OrganisationId.NAME_END + "/";
    }

    private static @Nullable UUID personOf(Caller caller) {
        try {
            return UUID.fromString(caller.principal());
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}

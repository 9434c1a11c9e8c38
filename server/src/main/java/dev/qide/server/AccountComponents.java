package dev.qide.server;

import dev.qide.server.api.AccountEndpoints;
import dev.qide.server.api.PersonEndpoints;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.LoginSessions;
import dev.qide.server.identity.PersonalSettings;
import dev.qide.server.identity.PersonalTokens;
import dev.qide.server.session.Sessions;
import dev.qide.server.store.Database;
import dev.qide.server.store.SettingTable;
import java.security.SecureRandom;
import java.time.InstantSource;

/// Wires what belongs to one person: name, settings, tokens, login sessions.
final class AccountComponents {
    private AccountComponents() {}

    static PersonEndpoints endpoints(
            Identity identity,
            Sessions sessions,
            Database database,
            SecureRandom random,
            InstantSource clock) {
        var tokens = new PersonalTokens(identity, database, random, clock);
        return new PersonEndpoints(
                identity,
                new PersonalSettings(new SettingTable(database)),
                sessions,
                new AccountEndpoints(tokens, new LoginSessions(identity, tokens, database, clock)));
    }
}

package dev.qide.server;

import dev.qide.server.api.Api;
import dev.qide.server.cli.ServeConsole;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.identity.Identity;
import dev.qide.server.identity.People;
import dev.qide.server.login.LoginFile;
import dev.qide.server.login.LoginProviders;
import dev.qide.server.login.ProviderSettings;
import dev.qide.server.secrets.Envelope;
import dev.qide.server.secrets.KeyRing;
import dev.qide.server.store.Database;
import dev.qide.server.store.PeopleTable;
import dev.qide.server.store.StartRefusedException;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets up the login providers from the settings.
///
/// @param providers null without a login provider
record LoginSetup(Api.LoginContext loginContext, @Nullable LoginProviders providers)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoginSetup.class);
    private static final URI ROOT = URI.create("/");

    /// The providers of the settings.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    static List<ProviderSettings> providers(ServerConfig config) {
        var file = config.login().file();
        return file == null ? List.of() : LoginFile.read(file);
    }

    static LoginSetup of(
            ServerConfig config,
            List<ProviderSettings> settings,
            Identity identity,
            Database database,
            InstantSource clock)
            throws IOException {
        var login = config.login();
        var random = new SecureRandom();
        var people = new People(identity, new PeopleTable(database), random, clock);
        var publicUrl = login.publicUrl();
        var origins = new HashSet<>(config.origins());
        if (login.origin() != null) {
            origins.add(login.origin());
        }
        if (publicUrl == null || settings.isEmpty()) {
            var folder = publicUrl == null ? ROOT : publicUrl;
            return new LoginSetup(
                    new Api.LoginContext(
                            null, people, folder, config.host(), origins, config.pageReports()),
                    null);
        }
        var providers =
                new LoginProviders(
                        settings, publicUrl, new Envelope(ring(config, random), random), clock);
        var file = config.data().resolve("first-owner");
        var firstOwner = people.firstOwnerLink(publicUrl, file);
        if (firstOwner != null && ServeConsole.isPresent()) {
            System.err.println(
                    "This server has no owner yet. The first owner logs in at " + firstOwner);
        } else if (firstOwner != null) {
            LOG.atWarn()
                    .addKeyValue("event.action", "server.first_owner_awaited")
                    .log(
                            "no owner has logged in yet: DATA/first-owner contains the link for the first one");
        }
        return new LoginSetup(
                new Api.LoginContext(
                        providers, people, publicUrl, config.host(), origins, config.pageReports()),
                providers);
    }

    @Override
    public void close() {
        if (providers != null) {
            providers.close();
        }
    }

    private static KeyRing ring(ServerConfig config, SecureRandom random) {
        try {
            return KeyRing.openOrCreate(config.login().keys(), random);
        } catch (IOException unusable) {
            throw new StartRefusedException(
                    "The key ring cannot be used: " + unusable.getMessage(), unusable);
        }
    }
}

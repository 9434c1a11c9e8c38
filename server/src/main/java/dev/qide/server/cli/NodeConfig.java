package dev.qide.server.cli;

import dev.qide.server.cli.ServerConfig.Environment;
import dev.qide.server.nodes.FileStorage;
import dev.qide.server.nodes.NodeAuthorities;
import dev.qide.server.nodes.NodeUrl;
import dev.qide.server.redis.RedisAddress;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// The settings for several servers on one database: the URL at which the others reach this one,
/// the authorities that this one trusts, and where all of them count rates.
///
/// @param url null when it is not set
/// @param authorities the PEM file of certificates that are trusted instead of the JDK's; or null
/// @param files where the files of managed workspaces are kept
/// @param redis where servers count rate limits together; null when each counts alone
public record NodeConfig(
        @Nullable NodeUrl url,
        @Nullable Path authorities,
        FileStorage files,
        @Nullable RedisAddress redis) {
    /// Nothing is set.
    public static NodeConfig none() {
        return new NodeConfig(null, null, FileStorage.DIRECTORY, null);
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static NodeConfig read(Environment environment) {
        var url = environment.get("QIDE_NODE_URL");
        var authorities = environment.get("QIDE_NODE_CA");
        var redis = environment.get("QIDE_REDIS_URL");
        var config =
                new NodeConfig(
                        url == null ? null : NodeUrl.parse(url),
                        authorities == null ? null : Path.of(authorities).toAbsolutePath(),
                        FileStorage.parse(environment.get("QIDE_FILES")),
                        redis == null ? null : RedisAddress.parse(redis));
        // A wrong file is reported before a database is set up.
        var _ = config.trust();
        return config;
    }

    /// Makes connections to servers whose URL is https.
    ///
    /// @throws IllegalArgumentException with a sentence when the file has no certificates
    public Supplier<SSLSocketFactory> trust() {
        return NodeAuthorities.trusting(authorities);
    }
}

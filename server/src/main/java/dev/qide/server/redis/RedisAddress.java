package dev.qide.server.redis;

import dev.qide.server.secrets.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The address of a Redis server and the login for it, as in `QIDE_REDIS_URL`.
///
/// @param isSecure whether the connection is encrypted
/// @param host without the brackets of an IPv6 address
/// @param user of Redis's access control lists; empty for the default user
/// @param password empty for none
/// @param database from 0 to 999
public record RedisAddress(
        boolean isSecure, String host, int port, String user, Secret password, int database) {
    private static final int DEFAULT_PORT = 6379;
    private static final int MAX_PORT = 65_535;
    private static final Pattern PATH = Pattern.compile("|/|/\\d{1,3}");

    /// Parses `redis://user:password@host:port/database` or `rediss://…`, with TLS; user, password,
    /// port and database may be missing.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator, which does not repeat the
    ///   text
    public static RedisAddress parse(String text) {
        var uri = uri(text);
        if (uri == null || !isSupported(uri)) {
            throw new IllegalArgumentException(
                    "QIDE_REDIS_URL must be redis://user:password@host:port/database, or rediss:// with TLS; user, password, port and database may be left out. Write special characters of the password with a percent sign, for example %40 for @.");
        }
        var login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
        int colon = login.indexOf(':');
        var path = uri.getRawPath().replace("/", "");
        return new RedisAddress(
                uri.getScheme().equalsIgnoreCase("rediss"),
                uri.getHost().replaceAll("[\\[\\]]", ""),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                decoded(colon < 0 ? login : login.substring(0, colon)),
                Secret.of(colon < 0 ? "" : decoded(login.substring(colon + 1))),
                path.isEmpty() ? 0 : Integer.parseInt(path));
    }

    private static boolean isSupported(URI uri) {
        var scheme = uri.getScheme();
        return ("redis".equalsIgnoreCase(scheme) || "rediss".equalsIgnoreCase(scheme))
                && uri.getHost() != null
                && uri.getPort() != 0
                && uri.getPort() <= MAX_PORT
                && PATH.matcher(uri.getRawPath()).matches()
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
    }

    private static @Nullable URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException _) {
            // Its message would contain the password.
            return null;
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /// `redis://HOST:PORT/DATABASE`, without user and password.
    @Override
    public String toString() {
        var name = host.contains(":") ? "[" + host + "]" : host;
        return (isSecure ? "rediss" : "redis") + "://" + name + ":" + port + "/" + database;
    }
}

package dev.qide.server.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// The address of a PostgreSQL database and the login for it.
///
/// @param url JDBC URL without credentials, for instance `jdbc:postgresql://127.0.0.1:5432/qide`
/// @param user role; empty for the driver's default (certificate, Kerberos)
/// @param password empty for none
public record DatabaseAddress(String url, String user, String password) {
    private static final String JDBC = "jdbc:";

    /// Parses `QIDE_DATABASE_URL`: `postgresql://user:password@host/name?…`, with or without the
    /// prefix `jdbc:`; `user` and `password` may also be parameters.
    ///
    /// @throws StartRefusedException when it is malformed; the message does not repeat it
    public static DatabaseAddress parse(String text) {
        var uri = uri(text.startsWith(JDBC) ? text.substring(JDBC.length()) : text);
        var scheme = uri.getScheme();
        if (!("postgresql".equals(scheme) || "postgres".equals(scheme)) || uri.getHost() == null) {
            throw notAnAddress(null);
        }
        var login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
        int colon = login.indexOf(':');
        var user = decoded(colon < 0 ? login : login.substring(0, colon));
        var password = colon < 0 ? "" : decoded(login.substring(colon + 1));
        var others = new ArrayList<String>();
        for (var parameter : (uri.getRawQuery() == null ? "" : uri.getRawQuery()).split("&", -1)) {
            if (parameter.startsWith("user=")) {
                user = decoded(parameter.substring("user=".length()));
            } else if (parameter.startsWith("password=")) {
                password = decoded(parameter.substring("password=".length()));
            } else if (!parameter.isEmpty()) {
                others.add(parameter);
            }
        }
        var port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        var parameters = others.isEmpty() ? "" : "?" + String.join("&", others);
        return new DatabaseAddress(
                JDBC + "postgresql://" + uri.getHost() + port + uri.getRawPath() + parameters,
                user,
                password);
    }

    /// Whether the database is reached by a loopback address of this machine.
    public boolean isLoopback() {
        var host = URI.create(url.substring(JDBC.length())).getHost();
        return host.equals("localhost")
                || host.startsWith("127.")
                || host.equals("[::1]")
                || host.equals("::1");
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException notOne) {
            throw notAnAddress(notOne);
        }
    }

    /// Without the cause, whose message would contain the password.
    private static StartRefusedException notAnAddress(@Nullable URISyntaxException notOne) {
        var where = notOne == null ? "" : " (wrong at character " + notOne.getIndex() + ")";
        return new StartRefusedException(
                "QIDE_DATABASE_URL is not of the form postgresql://user:password@host:port/name"
                        + where
                        + ".");
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /// Omits the password.
    @Override
    public String toString() {
        return "DatabaseAddress[" + url + ", user=" + user + "]";
    }
}

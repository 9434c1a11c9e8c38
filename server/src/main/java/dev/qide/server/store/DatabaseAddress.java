package dev.qide.server.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The address of a PostgreSQL database and the login for it.
///
/// @param url JDBC URL without credentials, for instance `jdbc:postgresql://127.0.0.1:5432/qide`;
///   several hosts are separated by commas
/// @param user role; empty for the driver's default (certificate, Kerberos)
/// @param password empty for none
public record DatabaseAddress(String url, String user, String password) {
    private static final String JDBC = "jdbc:postgresql://";
    private static final String TARGET = "targetServerType=";

    /// A name, an IPv4 address or an IPv6 address in brackets; then a port or none.
    private static final Pattern HOST =
            Pattern.compile("([^\\[\\]:,]+|\\[[^\\[\\],]+])(:\\d{1,5})?");

    /// Parses `QIDE_DATABASE_URL`.
    ///
    /// @throws StartRefusedException when it is malformed; the message does not repeat it
    public static DatabaseAddress parse(String text) {
        return parse("QIDE_DATABASE_URL", text);
    }

    /// Parses `postgresql://user:password@host:port/name?…`, with or without the prefix `jdbc:`;
    /// `user` and `password` may also be parameters. Of several hosts, separated by commas, the
    /// primary is used.
    ///
    /// @param setting the name of the setting, for the message
    /// @throws StartRefusedException when it is malformed; the message does not repeat it
    public static DatabaseAddress parse(String setting, String text) {
        var uri = uri(setting, text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text);
        var scheme = uri.getScheme();
        var authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        int at = authority.lastIndexOf('@');
        var hosts = List.of(authority.substring(at + 1).split(",", -1));
        if (!("postgresql".equals(scheme) || "postgres".equals(scheme))
                || !hosts.stream().allMatch(host -> HOST.matcher(host).matches())) {
            throw notAnAddress(setting, null);
        }
        var login = at < 0 ? "" : authority.substring(0, at);
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
        // A server cannot work on a standby, which only reads.
        if (hosts.size() > 1 && others.stream().noneMatch(other -> other.startsWith(TARGET))) {
            others.add(TARGET + "primary");
        }
        var parameters = others.isEmpty() ? "" : "?" + String.join("&", others);
        return new DatabaseAddress(
                JDBC + String.join(",", hosts) + uri.getRawPath() + parameters, user, password);
    }

    /// Whether the database is reached by loopback addresses of this machine alone.
    public boolean isLoopback() {
        var hosts = url.substring(JDBC.length()).split("/", 2)[0];
        return Arrays.stream(hosts.split(",", -1)).allMatch(DatabaseAddress::isLoopback);
    }

    private static boolean isLoopback(String host) {
        var name = host.replaceFirst(":\\d+$", "");
        return name.equals("localhost") || name.startsWith("127.") || name.equals("[::1]");
    }

    private static URI uri(String setting, String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException notOne) {
            throw notAnAddress(setting, notOne);
        }
    }

    /// Without the cause, whose message would contain the password.
    private static StartRefusedException notAnAddress(
            String setting, @Nullable URISyntaxException notOne) {
        var where = notOne == null ? "" : " (wrong at character " + notOne.getIndex() + ")";
        return new StartRefusedException(
                setting
                        + " is not of the form postgresql://user:password@host:port/name"
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

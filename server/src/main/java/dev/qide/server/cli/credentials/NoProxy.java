package dev.qide.server.cli.credentials;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The servers that are reached without a proxy: this machine, and those that `no_proxy` (or
/// `NO_PROXY`) lists, separated by commas or spaces. As in curl and Go, `example.org` and
/// `.example.org` stand for a host and everything below it, `10.0.0.0/8` for a network,
/// `example.org:8443` for one port, and `*` for every server. Immutable.
record NoProxy(List<String> entries) {
    private static final Pattern SEPARATORS = Pattern.compile("[,\\s]+");
    private static final Pattern PORT = Pattern.compile("([^:]+|\\[.+\\]):(\\d+)");

    static NoProxy of(Map<String, String> variables) {
        for (var name : HttpProxy.names("no_proxy")) {
            var value = variables.getOrDefault(name, "").strip();
            if (!value.isEmpty()) {
                return new NoProxy(List.of(SEPARATORS.split(value.toLowerCase(Locale.ROOT), -1)));
            }
        }
        return new NoProxy(List.of());
    }

    /// Whether a server is reached directly.
    boolean includes(URI server) {
        var host = withoutDot(withoutBrackets(server.getHost().toLowerCase(Locale.ROOT)));
        var address = address(host);
        if (host.equals("localhost") || (address != null && address.isLoopbackAddress())) {
            return true;
        }
        int port = port(server);
        return entries.stream().anyMatch(entry -> matches(entry, host, address, port));
    }

    private static int port(URI server) {
        if (server.getPort() >= 0) {
            return server.getPort();
        }
        return server.getScheme().equals("https") || server.getScheme().equals("wss") ? 443 : 80;
    }

    private static boolean matches(
            String entry, String host, @Nullable InetAddress address, int port) {
        if (entry.equals("*")) {
            return true;
        }
        var withPort = PORT.matcher(entry);
        boolean hasPort = withPort.matches();
        if (hasPort && !withPort.group(2).equals(Integer.toString(port))) {
            return false;
        }
        var name = withoutBrackets(hasPort ? withPort.group(1) : entry);
        if (address != null) {
            return isIn(name, address);
        }
        var suffix = withoutDot(name.replaceFirst("^\\*?\\.", ""));
        return !suffix.isEmpty() && (host.equals(suffix) || host.endsWith("." + suffix));
    }

    /// Whether an address is another one, or in a network such as `10.0.0.0/8`.
    private static boolean isIn(String entry, InetAddress address) {
        var parts = entry.split("/", -1);
        var network = address(parts[0]);
        var given = address.getAddress();
        if (network == null || network.getAddress().length != given.length) {
            return false;
        }
        int bits = parts.length == 2 ? number(parts[1]) : given.length * Byte.SIZE;
        if (bits < 0 || bits > given.length * Byte.SIZE) {
            return false;
        }
        var fixed = network.getAddress();
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> i % Byte.SIZE;
            if (((fixed[i / Byte.SIZE] ^ given[i / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int number(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /// The address that a text is; null for a name, which is not resolved.
    private static @Nullable InetAddress address(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    /// A name without the dot of its root.
    private static String withoutDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}

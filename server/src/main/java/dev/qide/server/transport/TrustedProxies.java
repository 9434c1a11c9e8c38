package dev.qide.server.transport;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The networks of the proxies in front of this server. Forwarding headers (`X-Forwarded-For`,
/// `X-Forwarded-Proto`) are trusted only from them. Thread-safe.
public final class TrustedProxies {
    /// The number of hops of an `X-Forwarded-For` that are read.
    private static final int HOPS = 32;

    private final List<Network> networks;

    private TrustedProxies(List<Network> networks) {
        this.networks = List.copyOf(networks);
    }

    /// No proxies.
    public static TrustedProxies none() {
        return new TrustedProxies(List.of());
    }

    /// @param list networks and addresses, comma-separated, for example `10.0.0.0/8, ::1`
    /// @throws IllegalArgumentException with a sentence that names the malformed item
    public static TrustedProxies parse(String list) {
        var networks = new ArrayList<Network>();
        for (var item : list.split(",", -1)) {
            if (!item.isBlank()) {
                networks.add(Network.parse(item.strip()));
            }
        }
        return new TrustedProxies(networks);
    }

    boolean contain(InetAddress address) {
        return networks.stream().anyMatch(network -> network.contains(address));
    }

    /// The client of a connection.
    ///
    /// @param address the peer's address, or the client's if the peer is a trusted proxy
    /// @param isSecure whether the client's connection uses TLS, to this server or to the proxy
    public record Client(InetAddress address, boolean isSecure) {}

    /// Finds the client of a request. Reads `X-Forwarded-For` from its end, which the nearest proxy
    /// wrote, up to the first address that is not a proxy's: the client may have forged the rest.
    ///
    /// @param forwardedFor the header, or null
    /// @param forwardedProto the header, or null
    public Client client(
            InetAddress peer,
            boolean isSecure,
            @Nullable String forwardedFor,
            @Nullable String forwardedProto) {
        if (!contain(peer)) {
            return new Client(peer, isSecure);
        }
        boolean isSecureThere =
                isSecure
                        || (forwardedProto != null
                                && last(forwardedProto).toLowerCase(Locale.ROOT).equals("https"));
        return new Client(forwardedFor == null ? peer : first(peer, forwardedFor), isSecureThere);
    }

    private InetAddress first(InetAddress peer, String forwardedFor) {
        var client = peer;
        var rest = forwardedFor;
        for (int hop = 0; hop < HOPS && !rest.isEmpty() && contain(client); hop++) {
            var address = address(last(rest));
            if (address == null) {
                return client;
            }
            client = address;
            int comma = rest.lastIndexOf(',');
            rest = comma < 0 ? "" : rest.substring(0, comma);
        }
        return client;
    }

    private static String last(String list) {
        return list.substring(list.lastIndexOf(',') + 1).strip();
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; null for anything else.
    private static @Nullable InetAddress address(String text) {
        var bare = text;
        if (text.startsWith("[") && text.indexOf(']') > 0) {
            bare = text.substring(1, text.indexOf(']'));
        } else if (text.indexOf('.') > 0 && text.indexOf(':') == text.lastIndexOf(':')) {
            bare = text.split(":", 2)[0];
        }
        try {
            return InetAddress.ofLiteral(bare);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// @param bits the number of leading bits that identify the network
    private record Network(InetAddress address, int bits) {
        static Network parse(String text) {
            int slash = text.indexOf('/');
            try {
                var address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
                int width = address.getAddress().length * Byte.SIZE;
                int bits = slash < 0 ? width : Integer.parseInt(text.substring(slash + 1));
                if (bits < 0 || bits > width) {
                    throw new IllegalArgumentException("too many bits");
                }
                return new Network(address, bits);
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException(
                        "QIDE_TRUSTED_PROXIES must be networks such as 10.0.0.0/8 or ::1, not %s."
                                .formatted(text),
                        wrong);
            }
        }

        boolean contains(InetAddress other) {
            var ours = address.getAddress();
            var theirs = other.getAddress();
            if (ours.length != theirs.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % Byte.SIZE);
                if (((ours[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}

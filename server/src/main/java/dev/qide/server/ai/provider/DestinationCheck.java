package dev.qide.server.ai.provider;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/// Refuses to call addresses that are not public, so that a model's URL cannot reach a service
/// inside the network (server-side request forgery). A model that is marked local may have any
/// address but those of link-local metadata services.
///
/// Every address of the name has to pass, at each call: the platform caches the addresses of a name
/// for 30 seconds, so the connection goes to those that were checked. Thread-safe.
public final class DestinationCheck {
    private final Resolver resolver;

    /// @param resolver the addresses of a host
    public DestinationCheck(Resolver resolver) {
        this.resolver = resolver;
    }

    /// With the platform's own resolver.
    public static DestinationCheck standard() {
        return new DestinationCheck(InetAddress::getAllByName);
    }

    /// Finds the addresses of a host.
    @FunctionalInterface
    public interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /// Checks the host of a URL.
    ///
    /// @throws dev.qide.wire.FailureException `MODEL_UNAVAILABLE` with the reason
    ///   `destination-refused`, or `unreachable` when the name has no address
    void require(String host, boolean isLocal) {
        var bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        InetAddress[] addresses;
        try {
            addresses = resolver.resolve(bare);
        } catch (UnknownHostException unknown) {
            throw ProviderFailures.of("unreachable", unknown);
        }
        boolean passes =
                Arrays.stream(addresses)
                        .allMatch(address -> isLocal ? !isLinkLocal(address) : isPublic(address));
        if (addresses.length == 0 || !passes) {
            throw ProviderFailures.of("destination-refused");
        }
    }

    /// Whether an address is reachable by everybody, so that a call to it needs no mark.
    public static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || isLinkLocal(address)
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        var bytes = address.getAddress();
        return bytes.length == 4 ? isPublic4(bytes) : isPublic6(bytes);
    }

    private static boolean isLinkLocal(InetAddress address) {
        var bytes = address.getAddress();
        // Embedded addresses reach the same services.
        return address.isLinkLocalAddress()
                || (bytes.length == 16
                        && embeds4(bytes)
                        && bytes[12] == (byte) 169
                        && bytes[13] == (byte) 254);
    }

    /// Special ranges of RFC 6890 that [InetAddress] does not know.
    private static boolean isPublic4(byte[] bytes) {
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        int third = bytes[2] & 0xff;
        return first != 0
                && first != 10
                && first != 127
                && first < 224
                && !(first == 100 && second >= 64 && second < 128)
                && !(first == 172 && second >= 16 && second < 32)
                && !(first == 192 && second == 0 && (third == 0 || third == 2))
                && !(first == 192 && second == 168)
                && !(first == 169 && second == 254)
                && !(first == 198 && (second == 18 || second == 19))
                && !(first == 198 && second == 51 && third == 100)
                && !(first == 203 && second == 0 && third == 113);
    }

    private static boolean isPublic6(byte[] bytes) {
        int first = bytes[0] & 0xff;
        // Unique local addresses, documentation, and addresses that embed one of IPv4.
        boolean isUniqueLocal = (first & 0xfe) == 0xfc;
        boolean isDocumentation =
                first == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == (byte) 0xb8;
        if (isUniqueLocal || isDocumentation) {
            return false;
        }
        return !embeds4(bytes) || isPublic4(Arrays.copyOfRange(bytes, 12, 16));
    }

    /// IPv4-mapped, IPv4-compatible and NAT64 addresses (RFC 4291, RFC 6052).
    private static boolean embeds4(byte[] bytes) {
        boolean isNat64 =
                bytes[0] == 0
                        && bytes[1] == 0x64
                        && bytes[2] == (byte) 0xff
                        && bytes[3] == (byte) 0x9b;
        boolean isZero = true;
        for (int i = 0; i < 10; i++) {
            isZero &= bytes[i] == 0;
        }
        return isNat64 || isZero;
    }
}

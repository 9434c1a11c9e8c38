package dev.qide.server.nodes;

import dev.qide.server.transport.ForwardedRequests;
import dev.qide.server.transport.TrustedProxies;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// The header of a forwarded request: `v1 RECEIVER ADDRESS SCHEME SECONDS MAC`, where `MAC` is the
/// HMAC-SHA256, under the receiver's secret, of what stands before it and of the request's method
/// and target.
///
/// The secret is random and new at each start of the receiver, and is in its row of the table
/// `nodes`: the database is the only thing that nodes are certain to share. It conveys no rights
/// besides the address and scheme of the client, whose credentials are checked as always.
/// Thread-safe.
final class ForwardingSignature implements ForwardedRequests {
    /// The header as it is sent.
    static final String NAME = "Qide-Forwarded";

    static final int SECRET_BYTES = 32;

    /// How old a signature may be, and how far the clocks of two nodes may differ.
    private static final Duration TOLERANCE = Duration.ofSeconds(60);

    private static final String ALGORITHM = "HmacSHA256";
    private static final String VERSION = "v1";
    private static final int PARTS = 6;

    private final UUID self;
    private final byte[] secret;
    private final InstantSource clock;

    /// @param secret of this node
    ForwardingSignature(UUID self, byte[] secret, InstantSource clock) {
        this.self = self;
        this.secret = secret.clone();
        this.clock = clock;
    }

    /// The header's value.
    ///
    /// @param receiver the node that gets the request
    /// @param itsSecret the receiver's
    /// @param client the address without port
    /// @param target as [ForwardedRequests#target]
    static String sign(UUID receiver, byte[] itsSecret, Sent client, String target, Instant now) {
        var claims =
                String.join(
                        " ",
                        VERSION,
                        receiver.toString(),
                        // The scope of a link-local address has no meaning on another node.
                        client.address().replaceFirst("%.*", ""),
                        client.isSecure() ? "https" : "http",
                        Long.toString(now.getEpochSecond()));
        return claims + " " + mac(itsSecret, claims, target);
    }

    /// The client as the sender knows it.
    record Sent(String address, boolean isSecure) {}

    @Override
    public TrustedProxies.@Nullable Client client(String signed, String target) {
        var parts = signed.split(" ", -1);
        if (parts.length != PARTS
                || !parts[0].equals(VERSION)
                || !parts[1].equals(self.toString())) {
            return null;
        }
        var claims = signed.substring(0, signed.lastIndexOf(' '));
        var expected = mac(secret, claims, target);
        if (!MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.UTF_8),
                parts[PARTS - 1].getBytes(StandardCharsets.UTF_8))) {
            return null;
        }
        // Our own format from here on.
        var signedAt = Instant.ofEpochSecond(Long.parseLong(parts[4]));
        if (Duration.between(signedAt, clock.instant()).abs().compareTo(TOLERANCE) > 0) {
            return null;
        }
        return new TrustedProxies.Client(InetAddress.ofLiteral(parts[2]), parts[3].equals("https"));
    }

    private static String mac(byte[] secret, String claims, String target) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            mac.update(claims.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) '\n');
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(target.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

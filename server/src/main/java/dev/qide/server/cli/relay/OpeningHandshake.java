package dev.qide.server.cli.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.random.RandomGenerator;

/// The opening handshake of a WebSocket (RFC 6455, section 4.1). Owned by one thread.
final class OpeningHandshake {
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_OCTETS = 16;
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final URI endpoint;
    private final String key;

    OpeningHandshake(URI endpoint, RandomGenerator random) {
        this.endpoint = endpoint;
        var nonce = new byte[KEY_OCTETS];
        random.nextBytes(nonce);
        key = Base64.getEncoder().encodeToString(nonce);
    }

    /// Whether the scheme is `wss`.
    static boolean isSecure(URI endpoint) {
        return endpoint.getScheme().equals("wss");
    }

    /// The host, without the brackets of an IPv6 address.
    static String host(URI endpoint) {
        var host = endpoint.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    static int port(URI endpoint) {
        int byDefault = isSecure(endpoint) ? HTTPS_PORT : HTTP_PORT;
        return endpoint.getPort() < 0 ? byDefault : endpoint.getPort();
    }

    /// Sends the request and reads the answer's head.
    ///
    /// @throws HandshakeRefusedException when the answer is another status
    /// @throws IOException when the answer is not that of a WebSocket server
    void request(String token, InputStream in, OutputStream out, Duration within)
            throws IOException {
        out.write(head(token).getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        var answer = ResponseHead.read(in, within);
        if (answer.status() != SWITCHING_PROTOCOLS) {
            throw new HandshakeRefusedException(answer.status());
        }
        if (!accept().equals(answer.field("sec-websocket-accept"))) {
            throw new IOException("it is not a WebSocket server");
        }
    }

    private String head(String token) {
        var target = endpoint.getRawPath();
        return "GET "
                + (target.isEmpty() ? "/" : target)
                + " HTTP/1.1\r\nHost: "
                + endpoint.getRawAuthority()
                + "\r\nUser-Agent: qide-lsp\r\nUpgrade: websocket\r\nConnection: Upgrade"
                + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                + key
                + "\r\nAuthorization: Bearer "
                + token
                + "\r\n\r\n";
    }

    private String accept() {
        try {
            var digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(
                            digest.digest(
                                    (key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-1", impossible);
        }
    }
}

package dev.qide.server.cli.credentials;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A proxy does not connect to a server; the message is a sentence that says what to do.
public final class ProxyException extends IOException {
    private static final long serialVersionUID = 1;
    static final int AUTHENTICATION_REQUIRED = 407;

    private final boolean isAuthenticationRequired;

    private ProxyException(
            String sentence, boolean isAuthenticationRequired, @Nullable Throwable cause) {
        super(sentence, cause);
        this.isAuthenticationRequired = isAuthenticationRequired;
    }

    /// The proxy cannot be reached, or does not answer as a proxy.
    public static ProxyException unreachable(HttpProxy proxy, IOException failure) {
        return new ProxyException(
                "The proxy %s does not answer (%s): check %s, or add the server to no_proxy."
                        .formatted(proxy, ConnectFailure.reason(failure), proxy.variable()),
                false,
                failure);
    }

    /// The proxy answers a request with a status that is no success.
    public static ProxyException refused(HttpProxy proxy, Object server, int status) {
        if (status != AUTHENTICATION_REQUIRED) {
            return refused(proxy, server, Integer.toString(status), null);
        }
        return new ProxyException(
                "The proxy %s demands a name and password: write them into %s, as http://NAME:PASSWORD@%s."
                        .formatted(proxy, proxy.variable(), proxy.authority()),
                true,
                null);
    }

    /// The proxy does not connect to the server.
    static ProxyException refused(
            HttpProxy proxy, Object server, String answer, @Nullable IOException failure) {
        return new ProxyException(
                "The proxy %s does not connect to %s (%s): it must permit CONNECT to that port. Ask its operator, or add the server to no_proxy."
                        .formatted(proxy, server, answer),
                false,
                failure);
    }

    /// Whether the proxy demands another name and password: the next attempt would fail as well.
    public boolean isAuthenticationRequired() {
        return isAuthenticationRequired;
    }
}

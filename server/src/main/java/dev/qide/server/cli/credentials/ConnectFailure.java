package dev.qide.server.cli.credentials;

import java.io.IOException;
import javax.net.ssl.SSLException;

/// What a person is told when a server cannot be reached.
public final class ConnectFailure {
    private ConnectFailure() {}

    /// A sentence that says what to do.
    ///
    /// @param address the server's
    public static String sentence(Object address, IOException failure) {
        var reason = reason(failure);
        return failure instanceof SSLException
                ? "There is no secure connection to %s (%s): check the name in --url. A certificate authority of your own must be in the trust store that JDK_JAVA_OPTIONS names (-Djavax.net.ssl.trustStore=FILE)."
                        .formatted(address, reason)
                : "No server answers at %s (%s): is it running? See --url."
                        .formatted(address, reason);
    }

    /// The failure's message.
    public static String reason(IOException failure) {
        return failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getMessage();
    }
}

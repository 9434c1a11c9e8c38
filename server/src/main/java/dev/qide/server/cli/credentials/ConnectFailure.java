package dev.qide.server.cli.credentials;

import java.io.IOException;
import javax.net.ssl.SSLException;

/// Says why a server cannot be reached, and what to do.
public final class ConnectFailure {
    private ConnectFailure() {}

    /// A sentence that says what to do.
    ///
    /// @param address the server's
    public static String sentence(Object address, IOException failure) {
        var reason = reason(failure);
        return failure instanceof SSLException
                ? "There is no secure connection to %s (%s): check the name in --url. For your own certificate authority, set JDK_JAVA_OPTIONS=-Djavax.net.ssl.trustStore=FILE."
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

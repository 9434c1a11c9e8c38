package dev.qide.server.telemetry;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/// The destination of exported spans. Immutable.
///
/// @param endpoint the collector's base address; spans go to `/v1/traces` below it
/// @param environment names this installation, for instance `production`
/// @param release the version of this server
public record SpanDestination(String endpoint, String environment, String release) {
    /// @throws IllegalArgumentException with the reason when the address is none
    public SpanDestination {
        if (!isBaseAddress(endpoint)) {
            throw new IllegalArgumentException(
                    "it must be the base address of a collector, like http://localhost:4318, without user, query or fragment");
        }
    }

    private static boolean isBaseAddress(String text) {
        try {
            var uri = new URI(text);
            return Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
        } catch (URISyntaxException _) {
            return false;
        }
    }

    String traces() {
        return endpoint.replaceFirst("/+$", "") + "/v1/traces";
    }
}

package dev.qide.server.cli.relay;

import dev.qide.server.cli.credentials.HttpProxy;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// The WebSocket that `qide lsp` connects to, and the token of the person who connects.
///
/// @param uri of the WebSocket, `ws` or `wss`
/// @param token of the person; a secret
/// @param tokenRejected the sentence for a person whose token the server does not accept
/// @param proxy through which the server is reached; null for none
public record Endpoint(URI uri, String token, String tokenRejected, @Nullable HttpProxy proxy) {
    @Override
    public String toString() {
        return uri.toString();
    }
}

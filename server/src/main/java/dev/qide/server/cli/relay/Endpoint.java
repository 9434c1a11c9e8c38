package dev.qide.server.cli.relay;

import java.net.URI;

/// The WebSocket that `qide lsp` connects to, and the token of the person who connects.
///
/// @param uri of the WebSocket, `ws` or `wss`
/// @param token of the person; a secret
/// @param tokenRejected the sentence for a person whose token the server does not accept
public record Endpoint(URI uri, String token, String tokenRejected) {
    @Override
    public String toString() {
        return uri.toString();
    }
}

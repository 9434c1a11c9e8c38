package dev.qide.server.cli.relay;

import java.net.URI;

/// What `qide lsp` connects to, and as whom.
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

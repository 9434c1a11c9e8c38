package dev.qide.server.transport;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Reads what the peer of one connection sends, decrypted if the connection uses TLS, and ends the
/// connection. Owned by the connection's thread.
public interface ChannelReader {
    /// Waits for the next bytes, at least one. While it waits it holds a small buffer only.
    ///
    /// @return null when the peer has ended its side
    byte @Nullable [] next() throws IOException;

    /// Ends both sides; what was written still arrives.
    void close() throws IOException;
}

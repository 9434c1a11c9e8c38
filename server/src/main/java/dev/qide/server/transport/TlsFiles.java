package dev.qide.server.transport;

import dev.qide.server.transport.tls.ServerTls;
import java.nio.file.Path;
import java.time.Duration;

/// The PEM files of a server that speaks TLS.
///
/// @param certificate the server's own certificate first, then those between it and the root
/// @param key its private key, not encrypted
/// @param lookEvery how often the files are read again, to find a renewed pair
public record TlsFiles(Path certificate, Path key, Duration lookEvery) {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    public TlsFiles(Path certificate, Path key) {
        this(certificate, key, LOOK_EVERY);
    }

    /// Looks whether they can be used, as a server does at its start.
    ///
    /// @throws IllegalArgumentException with a sentence when they hold no pair
    public void requirePair() {
        var _ = new ServerTls(this);
    }
}

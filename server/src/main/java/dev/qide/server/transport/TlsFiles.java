package dev.qide.server.transport;

import dev.qide.server.transport.tls.ServerTls;
import java.nio.file.Path;
import java.time.Duration;

/// The PEM files of a server with TLS.
///
/// @param certificate the server's certificate, followed by the intermediate certificates
/// @param key the unencrypted private key of the server's certificate
/// @param checkInterval the interval at which the files are read again, to find a renewed pair
public record TlsFiles(Path certificate, Path key, Duration checkInterval) {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    public TlsFiles(Path certificate, Path key) {
        this(certificate, key, LOOK_EVERY);
    }

    /// Checks that the files can be used, as a server does at its start.
    ///
    /// @throws IllegalArgumentException with a sentence when they do not contain a matching pair
    public void requirePair() {
        var _ = new ServerTls(this);
    }
}

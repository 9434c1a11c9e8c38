package dev.qide.server.nodes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// The authorities that sign the certificates of other servers, as `QIDE_NODE_CA` names them.
public final class NodeAuthorities {
    private NodeAuthorities() {}

    /// Makes connections to servers whose URL is https. Reads the file now, and the JDK's
    /// certificates at the first connection: they are many.
    ///
    /// @param file a PEM file of certificates that are trusted instead of the JDK's; or null
    /// @throws IllegalArgumentException with a sentence when the file has no certificates
    public static Supplier<SSLSocketFactory> trusting(@Nullable Path file) {
        if (file == null) {
            return () -> (SSLSocketFactory) SSLSocketFactory.getDefault();
        }
        try (var certificates = Files.newInputStream(file)) {
            var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (var certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(certificates)) {
                trusted.setCertificateEntry("authority-" + trusted.size(), certificate);
            }
            if (trusted.size() == 0) {
                throw new GeneralSecurityException("there is no certificate in it");
            }
            var managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            var context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            var trusting = context.getSocketFactory();
            return () -> trusting;
        } catch (IOException | GeneralSecurityException unusable) {
            throw new IllegalArgumentException(
                    "QIDE_NODE_CA is %s, which cannot be used: set it to a PEM file with the certificates of the authorities that sign the servers' certificates."
                            .formatted(file),
                    unusable);
        }
    }
}

package dev.qide.server.cli;

import dev.qide.server.cli.ServerConfig.Environment;
import dev.qide.server.nodes.FileLocation;
import dev.qide.server.nodes.NodeUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// How other servers of the database reach this one, and whose certificates this one trusts when it
/// reaches them.
///
/// @param url null when it is not set
/// @param authorities the PEM file of certificates that are trusted instead of the JDK's; or null
/// @param files where the files of managed workspaces are kept
public record NodeConfig(@Nullable NodeUrl url, @Nullable Path authorities, FileLocation files) {
    /// Nothing is set.
    public static NodeConfig none() {
        return new NodeConfig(null, null, FileLocation.DIRECTORY);
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    static NodeConfig read(Environment environment) {
        var url = environment.get("QIDE_NODE_URL");
        var authorities = environment.get("QIDE_NODE_CA");
        var config =
                new NodeConfig(
                        url == null ? null : NodeUrl.parse(url),
                        authorities == null ? null : Path.of(authorities).toAbsolutePath(),
                        FileLocation.parse(environment.get("QIDE_FILES")));
        // A wrong file is reported before a database is set up.
        var _ = config.trust();
        return config;
    }

    /// Makes connections to servers whose URL is https.
    ///
    /// @throws IllegalArgumentException with a sentence when the file has no certificates
    public SSLSocketFactory trust() {
        if (authorities == null) {
            return (SSLSocketFactory) SSLSocketFactory.getDefault();
        }
        try (var file = Files.newInputStream(authorities)) {
            var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (var certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(file)) {
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
            return context.getSocketFactory();
        } catch (IOException | GeneralSecurityException unusable) {
            throw new IllegalArgumentException(
                    "QIDE_NODE_CA names %s, which cannot be used: name a PEM file with the certificates of the authorities that sign the servers' certificates."
                            .formatted(authorities),
                    unusable);
        }
    }
}

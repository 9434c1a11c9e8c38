package dev.qide.server.transport.tls;

import dev.qide.server.transport.TlsFiles;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS 1.2 and 1.3 with a certificate from PEM files, which are read again regularly. New
/// connections use a renewed pair. An unusable pair, such as a half-written one, is logged once and
/// changes nothing. Thread-safe.
public final class ServerTls {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /// Forward secrecy and authenticated encryption only, in order of preference (RFC 9325, section
    /// 4.2).
    private static final String[] CIPHER_SUITES = {
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    };

    private static final String HTTP = "http/1.1";

    private final TlsFiles files;
    private final RecordBuffers buffers = new RecordBuffers();
    private volatile Loaded loaded;

    /// The reason of the last refusal that was logged, or null.
    private @Nullable String refused;

    private record Loaded(PemKeyPair pair, SSLContext context) {}

    /// @throws IllegalArgumentException with a sentence when the files have no matching pair
    public ServerTls(TlsFiles files) {
        this.files = files;
        try {
            loaded = loaded(PemKeyPair.read(files));
        } catch (PemKeyPair.RefusedException refusal) {
            throw new IllegalArgumentException(refusal.sentence(), refusal);
        }
    }

    /// The files that hold the certificate and the key.
    public TlsFiles files() {
        return files;
    }

    /// TLS for one new connection.
    public TlsLayer layer(SocketChannel channel) {
        return new TlsLayer(channel, engine(), buffers);
    }

    private SSLEngine engine() {
        var engine = loaded.context().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setEnabledProtocols(PROTOCOLS);
        engine.setEnabledCipherSuites(CIPHER_SUITES);
        var parameters = engine.getSSLParameters();
        parameters.setUseCipherSuitesOrder(true);
        engine.setSSLParameters(parameters);
        // Null: the alert no_application_protocol (RFC 7301, section 3.2). A client without ALPN is
        // not asked.
        engine.setHandshakeApplicationProtocolSelector(
                (_, offered) -> offered.contains(HTTP) ? HTTP : null);
        return engine;
    }

    /// The time until the server's certificate expires; negative after that.
    public Duration timeLeft() {
        var end = loaded.pair().chain().getFirst().getNotAfter().toInstant();
        return Duration.between(Instant.now(), end);
    }

    /// Reads the files again. Called by one thread.
    public void reloadIfChanged() {
        try {
            var pair = PemKeyPair.read(files);
            if (!pair.chain().equals(loaded.pair().chain())) {
                checkTime(pair.chain().getFirst());
                loaded = loaded(pair);
                LOG.atInfo()
                        .addKeyValue("event.action", "transport.certificate_renewed")
                        .addKeyValue("seconds", timeLeft().toSeconds())
                        .log("new connections use the renewed certificate");
            }
            refused = null;
        } catch (PemKeyPair.RefusedException refusal) {
            if (!refusal.reason().equals(refused)) {
                refused = refusal.reason();
                LOG.atWarn()
                        .addKeyValue("event.action", "transport.certificate_refused")
                        .addKeyValue("reason", refusal.reason())
                        .log("cannot use the new certificate files; keeping the old pair");
            }
        }
    }

    private void checkTime(X509Certificate certificate) throws PemKeyPair.RefusedException {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException | CertificateNotYetValidException _) {
            throw new PemKeyPair.RefusedException(
                    "not-valid-now",
                    "The certificate in %s is expired or not valid yet: renew it."
                            .formatted(files.certificate()));
        }
    }

    private static Loaded loaded(PemKeyPair pair) {
        try {
            var noPassword = new char[0];
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, noPassword);
            store.setKeyEntry(
                    "server", pair.key(), noPassword, pair.chain().toArray(X509Certificate[]::new));
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, noPassword);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), new TrustManager[0], new SecureRandom());
            return new Loaded(pair, context);
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("the pair was checked", impossible);
        }
    }
}

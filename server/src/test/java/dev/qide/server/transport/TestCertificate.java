package dev.qide.server.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A self-signed certificate for `localhost` with its key, created by the JDK's `keytool`.
public record TestCertificate(X509Certificate certificate, PrivateKey key) {
    private static final String PASSWORD = "changeit";

    /// @param algorithm `RSA`, `EC` or `Ed25519`
    /// @param more further options of `keytool -genkeypair`
    public static TestCertificate make(Path folder, String algorithm, String... more)
            throws Exception {
        var store = Files.createTempDirectory(folder, "keys").resolve("store.p12");
        var command =
                new java.util.ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "a",
                                "-keyalg",
                                algorithm,
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "SAN=dns:localhost,ip:127.0.0.1",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                PASSWORD,
                                "-keystore",
                                store.toString()));
        command.addAll(List.of(more));
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(store.resolveSibling("output").toFile())
                        .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new AssertionError(Files.readString(store.resolveSibling("output")));
        }
        var keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return new TestCertificate(
                (X509Certificate) keys.getCertificate("a"),
                (PrivateKey) keys.getKey("a", PASSWORD.toCharArray()));
    }

    public String certificatePem() throws GeneralSecurityException {
        return pem("CERTIFICATE", certificate.getEncoded());
    }

    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(
                        label,
                        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                                .encodeToString(der),
                        label);
    }

    /// Writes both files, `cert.pem` and `key.pem`.
    public TlsFiles writeTo(Path folder) throws IOException, GeneralSecurityException {
        return new TlsFiles(
                Files.writeString(folder.resolve("cert.pem"), certificatePem()),
                Files.writeString(folder.resolve("key.pem"), keyPem()));
    }

    /// The TLS context of a client that trusts these certificates.
    public static SSLContext trust(TestCertificate... certificates) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (var each : certificates) {
            store.setCertificateEntry("c" + store.size(), each.certificate());
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}

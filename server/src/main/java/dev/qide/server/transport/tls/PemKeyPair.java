package dev.qide.server.transport.tls;

import dev.qide.server.transport.TlsFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// A certificate chain and the private key of its first certificate, read from PEM (RFC 7468).
///
/// Reads keys in PKCS#8 (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) and SEC 1 (`EC PRIVATE KEY`).
public record PemKeyPair(List<X509Certificate> chain, PrivateKey key) {
    private static final int FILE_BYTES = 1 << 20;
    private static final int CHAIN_CERTIFICATES = 16;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final byte[] VERSION_0 = {2, 1, 0};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;

    public PemKeyPair {
        chain = List.copyOf(chain);
    }

    /// The pair cannot be used. The sentence names the file, never its content, and what to do.
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String reason;

        /// @param reason a word from a closed set, for the log
        RefusedException(String reason, String sentence) {
            super(sentence);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    private record Block(String label, byte[] der) {}

    /// Reads both files, and checks that the key belongs to the first certificate.
    public static PemKeyPair read(TlsFiles files) throws RefusedException {
        var chain = chain(files.certificate());
        var key = key(files.key(), chain.getFirst().getPublicKey());
        if (!isPair(chain.getFirst().getPublicKey(), key)) {
            throw new RefusedException(
                    "mismatch",
                    "The key in %s does not match the first certificate in %s: name the key of that certificate in QIDE_TLS_KEY."
                            .formatted(files.key(), files.certificate()));
        }
        return new PemKeyPair(chain, key);
    }

    private static List<X509Certificate> chain(Path file) throws RefusedException {
        var chain = new ArrayList<X509Certificate>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var block : blocks(file)) {
                if (block.label().equals("CERTIFICATE") && chain.size() < CHAIN_CERTIFICATES) {
                    var der = new ByteArrayInputStream(block.der());
                    chain.add((X509Certificate) factory.generateCertificate(der));
                }
            }
        } catch (CertificateException _) {
            throw new RefusedException(
                    "certificate-malformed",
                    "%s contains a malformed certificate: export the chain again as PEM."
                            .formatted(file));
        }
        if (chain.isEmpty()) {
            throw new RefusedException(
                    "certificate-missing",
                    "%s contains no PEM certificate: name the certificate chain in QIDE_TLS_CERT."
                            .formatted(file));
        }
        return chain;
    }

    private static PrivateKey key(Path file, PublicKey partner) throws RefusedException {
        for (var block : blocks(file)) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return key(file, block.der(), partner);
                }
                case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
                    return key(file, asPkcs8(block.der(), partner), partner);
                }
                case "ENCRYPTED PRIVATE KEY" ->
                        throw new RefusedException(
                                "key-encrypted",
                                "The key in %s is encrypted: store it without a passphrase."
                                        .formatted(file));
                default -> {
                    // Parameters, or certificates in the same file.
                }
            }
        }
        throw new RefusedException(
                "key-missing",
                "%s contains no PEM private key: name the key's file in QIDE_TLS_KEY."
                        .formatted(file));
    }

    private static PrivateKey key(Path file, byte[] pkcs8, PublicKey partner)
            throws RefusedException {
        try {
            return KeyFactory.getInstance(partner.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException _) {
            throw new RefusedException(
                    "mismatch",
                    "The key in %s is malformed, or not of the certificate's kind (%s): name the key of that certificate in QIDE_TLS_KEY."
                            .formatted(file, partner.getAlgorithm()));
        }
    }

    /// Wraps an older key format in PKCS#8: version, algorithm, and the key as octets. The
    /// algorithm comes from the certificate, whose key information (RFC 5280, section 4.1.2.7)
    /// starts with it.
    private static byte[] asPkcs8(byte[] key, PublicKey partner) {
        var information = partner.getEncoded();
        int algorithmAt = headBytes(information, 0);
        int algorithmEnd =
                algorithmAt
                        + headBytes(information, algorithmAt)
                        + length(information, algorithmAt);
        var body = new ByteArrayOutputStream();
        body.writeBytes(VERSION_0);
        body.write(information, algorithmAt, algorithmEnd - algorithmAt);
        body.writeBytes(tagged(OCTETS, key));
        return tagged(SEQUENCE, body.toByteArray());
    }

    private static int headBytes(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return first < 0x80 ? 2 : 2 + (first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int head = headBytes(der, at);
        int length = head == 2 ? der[at + 1] : 0;
        for (int i = 2; i < head; i++) {
            length = length << 8 | (der[at + i] & 0xff);
        }
        return length;
    }

    private static byte[] tagged(int tag, byte[] content) {
        var der = new ByteArrayOutputStream();
        der.write(tag);
        if (content.length < 0x80) {
            der.write(content.length);
        } else {
            der.write(0x83);
            der.write(content.length >> 16);
            der.write(content.length >> 8);
            der.write(content.length);
        }
        der.writeBytes(content);
        return der.toByteArray();
    }

    private static boolean isPair(PublicKey partner, PrivateKey key) throws RefusedException {
        var algorithm =
                switch (partner.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> partner.getAlgorithm();
                };
        try {
            var challenge = "challenge".getBytes(StandardCharsets.US_ASCII);
            var signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(challenge);
            var signature = signer.sign();
            signer.initVerify(partner);
            signer.update(challenge);
            return signer.verify(signature);
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    private static List<Block> blocks(Path file) throws RefusedException {
        try {
            if (Files.size(file) > FILE_BYTES) {
                throw new RefusedException(
                        "unreadable",
                        "%s is larger than %d bytes: name a PEM file with only the certificates or the key."
                                .formatted(file, FILE_BYTES));
            }
            var text = Files.readString(file, StandardCharsets.ISO_8859_1);
            var blocks = new ArrayList<Block>();
            for (var match : BLOCK.matcher(text).results().toList()) {
                blocks.add(new Block(match.group(1), base64(file, match.group(2))));
            }
            return blocks;
        } catch (IOException _) {
            throw new RefusedException(
                    "unreadable",
                    "%s cannot be read: check the path and its permissions.".formatted(file));
        }
    }

    private static byte[] base64(Path file, String text) throws RefusedException {
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            throw new RefusedException(
                    "malformed", "%s is malformed PEM: export it again.".formatted(file));
        }
    }
}

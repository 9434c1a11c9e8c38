package dev.qide.server.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/// Random secrets, their hashes, and the file that holds the first-start token.
final class Tokens {
    private static final int SECRET_BYTES = 32;
    private static final int SECRET_CHARS = (SECRET_BYTES * Byte.SIZE + 5) / 6;
    private static final int MIN_CHARS = 32;

    private Tokens() {}

    /// A new secret in URL-safe Base64. It never starts with a hyphen, which programs would read as
    /// the start of an option.
    static String random(SecureRandom random) {
        var bytes = new byte[SECRET_BYTES];
        String secret;
        do {
            random.nextBytes(bytes);
            secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        } while (secret.startsWith("-"));
        return secret;
    }

    /// Whether a text has the length of a secret of [#random].
    static boolean hasSecretLength(String secret) {
        return secret.length() == SECRET_CHARS;
    }

    /// The SHA-256 of a secret, stored in its place. Secrets are random, so a plain hash suffices.
    static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// Compares two hashes in constant time.
    static boolean areEqual(byte[] one, byte[] other) {
        return MessageDigest.isEqual(one, other);
    }

    /// Reads the token of a data directory, or creates it (mode 600).
    static String readOrCreate(Path file, SecureRandom random) throws IOException {
        if (Files.exists(file)) {
            var token = Files.readString(file).strip();
            if (token.length() < MIN_CHARS) {
                throw new IOException(
                        file
                                + " does not contain a token: delete it, and the next start creates a new one.");
            }
            return token;
        }
        var token = random(random);
        writeForOwner(file, token);
        return token;
    }

    /// Replaces a file by one with this line, readable by its owner only.
    static void writeForOwner(Path file, String line) throws IOException {
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var fresh =
                Files.createTempFile(file.toAbsolutePath().getParent(), "token", ".new", ownerOnly);
        Files.writeString(fresh, line + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}

package dev.qide.yjs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// Reads the committed files that `golden/*.mjs` wrote with the real Yjs.
final class Golden {
    private Golden() {}

    /// The lines of `src/test/resources/golden/{name}.txt.gz`.
    static List<String> lines(String name) {
        try (var file = Golden.class.getResourceAsStream("/golden/" + name + ".txt.gz")) {
            if (file == null) {
                throw new IllegalStateException("no golden file " + name);
            }
            var text = new GZIPInputStream(file).readAllBytes();
            return new String(text, StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The bytes of a hexadecimal text; ignores spaces and the separators `·` and `,`.
    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("[ ·,]", ""));
    }

    /// The SHA-256 in hexadecimal.
    static String hash(byte[] bytes) {
        try {
            return hex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}

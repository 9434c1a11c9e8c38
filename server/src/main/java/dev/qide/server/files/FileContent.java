package dev.qide.server.files;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A file's bytes and their hash.
///
/// @param hash lower-case hex SHA-256
public record FileContent(byte[] bytes, String hash) {
    public static FileContent of(byte[] bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new FileContent(bytes, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// The strong ETag, with its quotes.
    public String etag() {
        return etag(hash);
    }

    /// The strong ETag of a hash, with its quotes.
    public static String etag(String hash) {
        return '"' + hash + '"';
    }
}

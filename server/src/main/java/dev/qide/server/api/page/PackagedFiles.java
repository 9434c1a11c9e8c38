package dev.qide.server.api.page;

import dev.qide.server.transport.ContentCoding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Files on the class path, each with the codings that the build placed next to it: `name.br` and
/// `name.gz`. Their content is read while it is sent; memory holds only lengths and hashes.
/// Thread-safe.
final class PackagedFiles {
    /// The part of a file that is in memory at once.
    static final int PIECE_BYTES = 64 << 10;

    private static final int TAG_DIGITS = 32;
    private static final Map<ContentCoding, String> SUFFIXES =
            Map.of(
                    ContentCoding.BROTLI, ".br",
                    ContentCoding.GZIP, ".gz",
                    ContentCoding.IDENTITY, "");

    private final String root;

    /// Bounded, because only packaged files are added.
    private final Map<String, Map<ContentCoding, Representation>> known = new ConcurrentHashMap<>();

    /// @param root the folder on the class path, with a slash on both sides
    PackagedFiles(String root) {
        this.root = root;
    }

    /// One coding of a file.
    ///
    /// @param resource its name on the class path
    /// @param length in bytes
    /// @param etag its own strong entity tag, with quotes
    /// @param changed the content instead of that of the resource, or null
    record Representation(String resource, long length, String etag, byte @Nullable [] changed) {
        /// Writes `length` bytes of it, from an offset.
        void write(long from, long length, OutputStream out) throws IOException {
            try (var in = changed == null ? open(resource) : new ByteArrayInputStream(changed)) {
                if (in == null) {
                    throw new IOException("a packaged file is missing: " + resource);
                }
                in.skipNBytes(from);
                var piece = new byte[PIECE_BYTES];
                for (long left = length; left > 0; ) {
                    int count = in.readNBytes(piece, 0, (int) Math.min(left, piece.length));
                    if (count == 0) {
                        throw new IOException(
                                "a packaged file is shorter than before: " + resource);
                    }
                    out.write(piece, 0, count);
                    left -= count;
                }
            }
        }
    }

    /// The codings of a file, including the identity; null when the file does not exist.
    ///
    /// @param name relative, without `..` segments
    @Nullable Map<ContentCoding, Representation> find(String name) {
        var found = known.get(name);
        if (found != null) {
            return found;
        }
        var read = new EnumMap<ContentCoding, Representation>(ContentCoding.class);
        for (var coding : ContentCoding.values()) {
            var one = read(root + name + SUFFIXES.get(coding));
            if (one != null) {
                read.put(coding, one);
            }
        }
        if (!read.containsKey(ContentCoding.IDENTITY)) {
            return null;
        }
        known.put(name, Map.copyOf(read));
        return known.get(name);
    }

    private static @Nullable Representation read(String resource) {
        try (var in = open(resource)) {
            if (in == null) {
                return null;
            }
            var hash = MessageDigest.getInstance("SHA-256");
            var piece = new byte[PIECE_BYTES];
            long length = 0;
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                hash.update(piece, 0, count);
                length += count;
            }
            return new Representation(resource, length, tag(hash), null);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// A file with other content, without a coding.
    ///
    /// @param change maps the content as it was built
    @Nullable Map<ContentCoding, Representation> changed(
            String name, UnaryOperator<byte[]> change) {
        try (var in = open(root + name)) {
            if (in == null) {
                return null;
            }
            var content = change.apply(in.readAllBytes());
            var hash = MessageDigest.getInstance("SHA-256");
            hash.update(content);
            return Map.of(
                    ContentCoding.IDENTITY,
                    new Representation(root + name, content.length, tag(hash), content));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String tag(MessageDigest hash) {
        return '"' + HexFormat.of().formatHex(hash.digest()).substring(0, TAG_DIGITS) + '"';
    }

    private static @Nullable InputStream open(String resource) {
        return PackagedFiles.class.getResourceAsStream(resource);
    }
}

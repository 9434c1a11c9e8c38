package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A file to be sent; at most one chunk of it is in memory.
///
/// The file is read twice through one handle. The first pass ([#examine(Slice)]) computes the hash
/// for the ETag; the second sends and hashes again. The last chunk is sent only when both hashes
/// are equal. A client that receives the announced number of bytes therefore has the content of the
/// ETag, whatever was written meanwhile. The file's times cannot tell: they are coarse and can be
/// set.
///
/// Owned by one thread.
public final class FileDownload implements Closeable {
    /// The bytes of a file that are in memory at once.
    public static final int CHUNK_BYTES = 64 << 10;

    private final WorkspaceFiles files;
    private final SeekableByteChannel channel;
    private final long length;
    private final ByteBuffer chunk;
    private @Nullable String hash;
    private Slice slice;
    private byte[] sliceHash = new byte[0];

    /// A part of a file.
    ///
    /// @param from of the first byte
    /// @param length in bytes
    public record Slice(long from, long length) {
        public Slice {
            if (from < 0 || length < 0) {
                throw new IllegalArgumentException("no part of a file: " + from + ", " + length);
            }
        }

        long end() {
            return from + length;
        }
    }

    FileDownload(WorkspaceFiles files, SeekableByteChannel channel) throws IOException {
        this.files = files;
        this.channel = channel;
        length = channel.size();
        if (length > WorkspaceFiles.FILE_BYTES) {
            throw new FailureException(
                    Failure.FILE_TOO_LARGE, Map.of("limit", "" + WorkspaceFiles.FILE_BYTES));
        }
        slice = new Slice(0, length);
        chunk = ByteBuffer.allocate((int) Math.min(length, CHUNK_BYTES));
    }

    /// The file's length when it was opened, in bytes. Bytes appended later are not sent.
    public long length() {
        return length;
    }

    /// Reads the whole file to compute its hash and that of the slice to be sent.
    ///
    /// @throws FailureException `SERVER_CANCELLED` when the file becomes shorter meanwhile
    public void examine(Slice wanted) throws IOException {
        if (wanted.end() > length) {
            throw new IllegalArgumentException("the file ends before " + wanted.end());
        }
        var whole = sha256();
        // The digest of a slice is its own only when it is not the whole file.
        var part = wanted.length() == length ? null : sha256();
        channel.position(0);
        for (long at = 0; at < length; ) {
            int count = fill(length - at);
            if (count == 0) {
                throw new FailureException(
                        Failure.SERVER_CANCELLED, Map.of("reason", "the-file-changes"));
            }
            int from = Math.clamp(wanted.from() - at, 0, count);
            int to = Math.clamp(wanted.end() - at, from, count);
            // Hashing runs on the pool; waiting for the disk does not.
            var _ =
                    files.compute(
                            length <= CHUNK_BYTES ? 0 : Integer.MAX_VALUE,
                            () -> {
                                whole.update(chunk.array(), 0, count);
                                if (part != null) {
                                    part.update(chunk.array(), from, to - from);
                                }
                                return true;
                            });
            at += count;
        }
        var digest = whole.digest();
        hash = HexFormat.of().formatHex(digest);
        slice = wanted;
        sliceHash = part == null ? digest : part.digest();
    }

    /// The strong ETag of the whole file, with its quotes.
    public String etag() {
        if (hash == null) {
            throw new IllegalStateException("the file was not examined");
        }
        return FileContent.etag(hash);
    }

    /// Sends the whole file instead of the examined slice.
    public void sendWhole() {
        sliceHash = HexFormat.of().parseHex(Objects.requireNonNull(hash));
        slice = new Slice(0, length);
    }

    /// Writes the examined slice.
    ///
    /// @throws IOException also when the content has changed; the last chunk was not written then
    public void writeTo(OutputStream out) throws IOException {
        var sent = sha256();
        channel.position(slice.from());
        for (long left = slice.length(); left > 0; ) {
            int count = fill(left);
            sent.update(chunk.array(), 0, count);
            left -= count;
            if (count == 0 || (left == 0 && !MessageDigest.isEqual(sent.digest(), sliceHash))) {
                throw new IOException("the file changed while it was sent");
            }
            out.write(chunk.array(), 0, count);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /// Reads the next chunk, which is short only at the file's end.
    private int fill(long atMost) throws IOException {
        chunk.clear().limit((int) Math.min(atMost, chunk.capacity()));
        while (chunk.hasRemaining() && channel.read(chunk) >= 0) {}
        return chunk.position();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

package dev.qide.server.files.replication;

import dev.qide.server.files.WorkspaceFiles;
import dev.qide.server.store.BlobTable;
import dev.qide.server.store.BlobTable.Chunk;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Splits contents into chunks and joins them. CPU work runs on the pool. Thread-safe.
final class BlobContent {
    private static final int BUFFER_BYTES = 64 << 10;

    /// A chunk that does not get smaller by this share is stored as it is.
    private static final int LEAST_GAIN = 10;

    /// The expected factor by which a deflated chunk grows, for the choice of the thread.
    private static final int INFLATION = 4;

    private BlobContent() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /// The hash of the rest of a channel.
    static String hash(WorkspaceFiles files, SeekableByteChannel channel) throws IOException {
        var digest = sha256();
        var buffer = ByteBuffer.allocate(BlobTable.CHUNK_BYTES);
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            var _ =
                    files.compute(
                            buffer.remaining(),
                            () -> {
                                digest.update(buffer);
                                return true;
                            });
            buffer.clear();
        }
        return hex(digest);
    }

    /// The chunks of a content.
    static List<Chunk> chunks(WorkspaceFiles files, String hash, byte[] content) {
        var chunks = new ArrayList<Chunk>();
        int from = 0;
        do {
            int to = Math.min(content.length, from + BlobTable.CHUNK_BYTES);
            chunks.add(chunk(files, hash, chunks.size(), Arrays.copyOfRange(content, from, to)));
            from = to;
        } while (from < content.length);
        return chunks;
    }

    /// One chunk, deflated if that makes it smaller by a tenth.
    static Chunk chunk(WorkspaceFiles files, String hash, int number, byte[] content) {
        var deflated = files.compute(content.length, () -> deflated(content));
        return deflated.length < content.length - content.length / LEAST_GAIN
                ? new Chunk(hash, number, true, deflated)
                : new Chunk(hash, number, false, content);
    }

    private static byte[] deflated(byte[] content) {
        try (var deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(content);
            deflater.finish();
            var bytes = new ByteArrayOutputStream();
            var buffer = new byte[BUFFER_BYTES];
            while (!deflater.finished()) {
                bytes.write(buffer, 0, deflater.deflate(buffer));
            }
            return bytes.toByteArray();
        }
    }

    /// The content of a chunk.
    ///
    /// @throws FailureException `WORKSPACE_FILES_UNAVAILABLE` when it is damaged
    static byte[] content(WorkspaceFiles files, Chunk chunk) {
        return chunk.isDeflated()
                ? files.compute(chunk.content().length * INFLATION, () -> inflated(chunk.content()))
                : chunk.content();
    }

    private static byte[] inflated(byte[] deflated) {
        try (var inflater = new Inflater()) {
            inflater.setInput(deflated);
            var bytes = new byte[BlobTable.CHUNK_BYTES];
            int count = 0;
            while (!inflater.finished()) {
                int more = inflater.inflate(bytes, count, bytes.length - count);
                if (more == 0 && !inflater.finished()) {
                    throw damaged();
                }
                count += more;
            }
            return Arrays.copyOf(bytes, count);
        } catch (DataFormatException failure) {
            throw new FailureException(
                    Failure.WORKSPACE_FILES_UNAVAILABLE, Map.of("reason", "damaged"), failure);
        }
    }

    static FailureException damaged() {
        return new FailureException(
                Failure.WORKSPACE_FILES_UNAVAILABLE, Map.of("reason", "damaged"));
    }
}

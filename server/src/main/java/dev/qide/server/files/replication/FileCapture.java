package dev.qide.server.files.replication;

import dev.qide.server.files.FileContent;
import dev.qide.server.store.BlobTable;
import dev.qide.server.store.BlobTable.Chunk;
import dev.qide.server.store.FileTreeTable.Entry;
import dev.qide.server.store.FileTreeTable.Kind;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads files for the database. A file that changes while it is read is not taken. Owned by one
/// thread.
final class FileCapture {
    /// A file up to this size is read as a whole.
    static final int WHOLE_BYTES = 4 << 20;

    /// A file that was changed later than this before it was read may be changed again without
    /// another time: file systems count in ticks of some milliseconds.
    private static final Duration YOUNG = Duration.ofSeconds(1);

    private final WorkspaceReplication replication;
    private final ReplicationContext context;
    private final DirectoryEntries entries;
    private final InstantSource clock;

    FileCapture(
            WorkspaceReplication replication,
            ReplicationContext context,
            DirectoryEntries entries,
            InstantSource clock) {
        this.replication = replication;
        this.context = context;
        this.entries = entries;
        this.clock = clock;
    }

    /// A file as it was read.
    ///
    /// @param entry with its hash
    /// @param chunks those that the database lacks; none for a large file, whose chunks it has
    record Captured(Entry entry, List<Chunk> chunks) {}

    /// A file as it was read into memory.
    record Early(Entry entry, FileContent content) {}

    /// Reads a file of at most 4 MiB into memory; null when it changes or is gone.
    @Nullable Early read(Entry file) {
        try (var channel = entries.open(file.path())) {
            var bytes = new byte[(int) file.bytes()];
            return filled(channel, bytes) == bytes.length && isSame(file)
                    ? new Early(young(file), context.files().hashed(bytes))
                    : null;
        } catch (IOException | FailureException _) {
            return null;
        }
    }

    /// Files that were read into memory, with the chunks that the database lacks.
    List<Captured> captured(List<Early> files) {
        var hashes = new HashSet<String>();
        files.forEach(file -> hashes.add(file.content().hash()));
        hashes.removeAll(
                context.blobs().existing(replication.workspace().id(), List.copyOf(hashes)));
        var captured = new ArrayList<Captured>();
        for (var file : files) {
            var hash = file.content().hash();
            var chunks =
                    hashes.remove(hash)
                            ? BlobContent.chunks(context.files(), hash, file.content().bytes())
                            : List.<Chunk>of();
            captured.add(new Captured(withHash(file.entry(), hash), chunks));
        }
        return captured;
    }

    /// Captures a large file and writes its chunks.
    ///
    /// @return null when it changes or is gone
    @Nullable Captured captureLarge(Entry file) {
        var hash = pass(file, null);
        if (hash == null) {
            return null;
        }
        boolean isWritten = isStored(hash) || hash.equals(pass(file, hash));
        return isWritten ? new Captured(withHash(young(file), hash), List.of()) : null;
    }

    /// Reads a large file once.
    ///
    /// @param hash under which its chunks are written; null to write none
    /// @return the hash of the content that was read; null when the file has changed or is gone
    private @Nullable String pass(Entry file, @Nullable String hash) {
        var digest = BlobContent.sha256();
        try (var channel = open(file)) {
            if (channel == null) {
                return null;
            }
            long left = file.bytes();
            for (int number = 0; left > 0; number++) {
                var bytes = new byte[(int) Math.min(left, BlobTable.CHUNK_BYTES)];
                if (filled(channel, bytes) < bytes.length) {
                    return null;
                }
                left -= bytes.length;
                update(digest, bytes);
                if (hash != null) {
                    put(List.of(BlobContent.chunk(context.files(), hash, number, bytes)));
                }
            }
            return isSame(file) ? BlobContent.hex(digest) : null;
        } catch (IOException _) {
            return null;
        }
    }

    /// Null when the file cannot be opened: it is gone, something else has its name, or the disk
    /// refuses.
    private @Nullable SeekableByteChannel open(Entry file) {
        try {
            return entries.open(file.path());
        } catch (FailureException _) {
            return null;
        }
    }

    private void update(MessageDigest digest, byte[] bytes) {
        var _ =
                context.files()
                        .compute(
                                bytes.length,
                                () -> {
                                    digest.update(bytes);
                                    return true;
                                });
    }

    private void put(List<Chunk> chunks) {
        context.blobs().put(replication.workspace().id(), replication.epoch(), chunks);
    }

    private boolean isStored(String hash) {
        return !context.blobs().existing(replication.workspace().id(), Set.of(hash)).isEmpty();
    }

    private boolean isSame(Entry file) {
        return file.equals(entries.find(file.path()));
    }

    /// Without its time when that says too little.
    private Entry young(Entry file) {
        return isRecentlyChanged(file)
                ? new Entry(file.path(), file.kind(), file.mode(), file.bytes(), 0, "")
                : file;
    }

    /// Whether the file changed so recently that another change may get the same time.
    boolean isRecentlyChanged(Entry file) {
        long now = TimeUnit.MILLISECONDS.toMicros(clock.millis());
        long age = now - file.modified();
        return age >= 0 && age < YOUNG.toNanos() / 1_000;
    }

    private static Entry withHash(Entry file, String hash) {
        return new Entry(file.path(), Kind.FILE, file.mode(), file.bytes(), file.modified(), hash);
    }

    private static int filled(SeekableByteChannel channel, byte[] bytes) throws IOException {
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        return buffer.position();
    }
}

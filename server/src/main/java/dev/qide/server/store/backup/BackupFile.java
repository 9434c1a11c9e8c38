package dev.qide.server.store.backup;

import dev.qide.server.store.BackupException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// The file format of a backup: a text line that names the format, the content, and a trailer.
///
/// ```
/// "Q-IDE backup 1\n"
/// gzip( head: schema version, time, tables with their columns;
///       each table: blocks of its COPY stream, an empty block, count and hash of its rows;
///       sequences: name, last value, whether it was used )
/// SHA-256 of everything before, "\nQ-IDE end\n"
/// ```
///
/// Numbers are big-endian, strings as [DataOutputStream#writeUTF] writes them.
public final class BackupFile {
    public static final int BLOCK_BYTES = 1 << 16;

    private static final String NAME = "Q-IDE backup ";
    private static final int FORMAT = 1;
    private static final byte[] END = "\nQ-IDE end\n".getBytes(StandardCharsets.US_ASCII);
    private static final int HASH_BYTES = 32;
    private static final int TAIL_BYTES = HASH_BYTES + END.length;
    private static final int FIRST_LINE_BYTES = 64;
    private static final int TABLES = 10_000;
    private static final int COLUMNS = 1_600;

    private BackupFile() {}

    /// The head of the file.
    ///
    /// @param schema the newest migration of the database
    /// @param tables in file order, with names only
    public record Head(String schema, Instant at, List<SchemaCatalog.Table> tables) {
        public Head {
            tables = List.copyOf(tables);
        }
    }

    /// The state of a sequence.
    ///
    /// @param isCalled whether `last` was already used
    public record SequenceState(String name, long last, boolean isCalled) {}

    /// Writes one file from head to trailer, to a stream that stays open. Owned by one thread.
    public static final class Writer {
        private final DigestOutputStream hashed;
        private final OutputStream raw;
        private final GZIPOutputStream gzip;
        private final DataOutputStream data;

        public Writer(OutputStream raw) throws IOException {
            this.raw = raw;
            hashed = new DigestOutputStream(raw, RowHashes.sha256());
            hashed.write((NAME + FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
            gzip = new FastGzip(hashed);
            data = new DataOutputStream(gzip);
        }

        public void head(Head head) throws IOException {
            data.writeUTF(head.schema());
            data.writeLong(head.at().toEpochMilli());
            data.writeInt(head.tables().size());
            for (var table : head.tables()) {
                data.writeUTF(table.name());
                data.writeInt(table.columns().size());
                for (var column : table.columns()) {
                    data.writeUTF(column);
                }
            }
        }

        public void block(byte[] bytes, int offset, int length) throws IOException {
            for (int at = 0; at < length; at += BLOCK_BYTES) {
                int part = Math.min(BLOCK_BYTES, length - at);
                data.writeInt(part);
                data.write(bytes, offset + at, part);
            }
        }

        public void tableEnds(RowHashes.Sum sum) throws IOException {
            data.writeInt(0);
            data.writeLong(sum.rows());
            data.write(sum.hash());
        }

        /// Writes the trailer.
        public void finish(List<SequenceState> sequences) throws IOException {
            data.writeInt(sequences.size());
            for (var sequence : sequences) {
                data.writeUTF(sequence.name());
                data.writeLong(sequence.last());
                data.writeBoolean(sequence.isCalled());
            }
            data.flush();
            gzip.finish();
            raw.write(hashed.getMessageDigest().digest());
            raw.write(END);
            raw.flush();
        }
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, BLOCK_BYTES);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    /// Verifies a file by reading it completely.
    ///
    /// @throws BackupException naming the file, when it is not a backup, has a newer format, or is
    ///   truncated or modified
    public static void verify(Path file) throws IOException {
        try (var channel = open(file)) {
            requireKnownFormat(file, channel);
            long content = channel.size() - TAIL_BYTES;
            var tail = ByteBuffer.allocate(TAIL_BYTES);
            if (content < 0 || channel.read(tail, content) < TAIL_BYTES) {
                throw truncated(file);
            }
            var end = Arrays.copyOfRange(tail.array(), HASH_BYTES, TAIL_BYTES);
            if (!Arrays.equals(end, END)) {
                throw truncated(file);
            }
            var digest = RowHashes.sha256();
            var buffer = ByteBuffer.allocate(BLOCK_BYTES);
            for (long at = 0; at < content; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(BLOCK_BYTES, content - at));
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, at + buffer.position()) < 0) {
                        throw truncated(file);
                    }
                }
                digest.update(buffer.flip());
            }
            if (!Arrays.equals(digest.digest(), Arrays.copyOf(tail.array(), HASH_BYTES))) {
                throw new BackupException(
                        "The backup "
                                + file
                                + " was modified after it was written: its hash"
                                + " differs. Use another copy.");
            }
        }
    }

    private static FileChannel open(Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException missing) {
            throw new BackupException("There is no file " + file + ". Check the path.", missing);
        }
    }

    private static BackupException truncated(Path file) {
        return new BackupException(
                "The backup " + file + " is cut off: its end is missing. Use another copy.");
    }

    /// The first line is text, so that every version can name a format that it cannot read.
    private static void requireKnownFormat(Path file, FileChannel channel) throws IOException {
        var first = ByteBuffer.allocate(FIRST_LINE_BYTES);
        var _ = channel.read(first, 0);
        var text = new String(first.array(), 0, first.position(), StandardCharsets.ISO_8859_1);
        int lineEnd = text.indexOf('\n');
        if (lineEnd < 0 || !text.substring(0, lineEnd).matches(NAME + "[1-9][0-9]{0,5}")) {
            throw new BackupException(
                    "The file "
                            + file
                            + " is not a Q-IDE backup. Name a file that the backup command wrote.");
        }
        int format = Integer.parseInt(text.substring(NAME.length(), lineEnd));
        if (format > FORMAT) {
            throw newer(file, "format " + format + ", this version reads " + FORMAT);
        }
    }

    public static BackupException newer(Path file, String what) {
        return new BackupException(
                "The backup "
                        + file
                        + " was made by a newer version of Q-IDE ("
                        + what
                        + "). Restore it with that version.");
    }

    /// Reads a verified file in order. Owned by one thread.
    public static final class Reader implements AutoCloseable {
        private final InputStream file;
        private final DataInputStream data;

        public Reader(Path path) throws IOException {
            file = Files.newInputStream(path);
            file.skipNBytes((NAME + FORMAT + "\n").length());
            data =
                    new DataInputStream(
                            new BufferedInputStream(
                                    new GZIPInputStream(file, BLOCK_BYTES), BLOCK_BYTES));
        }

        public Head head() throws IOException {
            var schema = data.readUTF();
            var at = Instant.ofEpochMilli(data.readLong());
            var tables = new ArrayList<SchemaCatalog.Table>();
            for (int left = count(TABLES); left > 0; left--) {
                var name = data.readUTF();
                var columns = new ArrayList<String>();
                for (int more = count(COLUMNS); more > 0; more--) {
                    columns.add(data.readUTF());
                }
                tables.add(new SchemaCatalog.Table(name, "", "", columns));
            }
            return new Head(schema, at, tables);
        }

        /// The COPY stream of the next table; must be read to its end.
        public InputStream rows() {
            return new Blocks(data);
        }

        public RowHashes.Sum tableEnd() throws IOException {
            return new RowHashes.Sum(data.readLong(), data.readNBytes(HASH_BYTES));
        }

        public List<SequenceState> sequences() throws IOException {
            var sequences = new ArrayList<SequenceState>();
            for (int left = count(TABLES); left > 0; left--) {
                sequences.add(
                        new SequenceState(data.readUTF(), data.readLong(), data.readBoolean()));
            }
            return sequences;
        }

        private int count(int atMost) throws IOException {
            int count = data.readInt();
            if (count < 0 || count > atMost) {
                throw new IOException("invalid count " + count);
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /// Joins blocks into one stream, up to the empty block.
    private static final class Blocks extends FilterInputStream {
        private final DataInputStream data;
        private int left;
        private boolean isAtEnd;

        Blocks(DataInputStream data) {
            super(data);
            this.data = data;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && !isAtEnd) {
                left = data.readInt();
                isAtEnd = left == 0;
                if (left < 0 || left > BLOCK_BYTES) {
                    throw new IOException("invalid block length " + left);
                }
            }
            if (isAtEnd) {
                return -1;
            }
            int taken = data.read(bytes, offset, Math.min(left, length));
            if (taken < 0) {
                throw new EOFException("unterminated rows");
            }
            left -= taken;
            return taken;
        }

        @Override
        public void close() {
            // The file continues after these rows.
        }
    }
}

package dev.qide.server.store.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// Counts and hashes the rows of one `COPY … (FORMAT binary)` stream written to it.
///
/// Each row has a SHA-256 over its columns. The hash of the table is the element-wise sum of the
/// row hashes, so it does not depend on the order of rows. Format: PostgreSQL documentation, COPY,
/// "Binary Format". Owned by one thread.
public final class RowHashes extends OutputStream {
    private static final byte[] SIGNATURE = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
    };

    /// Signature, flags, extension length.
    private static final int HEADER_BYTES = SIGNATURE.length + 2 * Integer.BYTES;

    private static final int HASH_LONGS = 4;

    private final MessageDigest digest = sha256();
    private final ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES).limit(HEADER_BYTES);
    private final long[] sums = new long[HASH_LONGS];
    private Part part = Part.HEADER;
    private long bodyBytes;
    private int fields;
    private long rows;

    /// The part of the stream that is read next.
    private enum Part {
        HEADER,
        FIELD_COUNT,
        FIELD_LENGTH,
        BODY,
        END
    }

    /// Count and hash of the rows.
    ///
    /// @param hash 32 bytes
    public record Sum(long rows, byte[] hash) {
        public boolean isSame(Sum other) {
            return rows == other.rows && Arrays.equals(hash, other.hash);
        }
    }

    /// The result.
    ///
    /// @throws IOException when the stream is incomplete
    public Sum sum() throws IOException {
        if (part != Part.END) {
            throw new IOException("unterminated rows");
        }
        var hash = ByteBuffer.allocate(HASH_LONGS * Long.BYTES);
        for (long sum : sums) {
            hash.putLong(sum);
        }
        return new Sum(rows, hash.array());
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (part == Part.END) {
                throw new IOException("bytes after the last row");
            }
            if (part == Part.BODY) {
                int taken = (int) Math.min(bodyBytes, end - at);
                digest.update(bytes, at, taken);
                at += taken;
                bodyBytes -= taken;
            } else {
                int taken = Math.min(head.remaining(), end - at);
                head.put(bytes, at, taken);
                at += taken;
            }
            if (part == Part.BODY ? bodyBytes == 0 : !head.hasRemaining()) {
                next();
            }
        }
    }

    private void next() throws IOException {
        head.flip();
        switch (part) {
            case HEADER -> readHeader();
            case FIELD_COUNT -> readFieldCount(head.getShort());
            case FIELD_LENGTH -> readFieldLength(head.getInt());
            case BODY -> endField();
            case END -> throw new IOException("bytes after the last row");
        }
    }

    private void readHeader() throws IOException {
        var signature = new byte[SIGNATURE.length];
        head.get(signature);
        int flags = head.getInt();
        int extension = head.getInt();
        if (!Arrays.equals(signature, SIGNATURE) || flags != 0 || extension != 0) {
            throw new IOException("not PostgreSQL's binary COPY format");
        }
        expect(Part.FIELD_COUNT, Short.BYTES);
    }

    private void readFieldCount(short count) throws IOException {
        if (count < -1) {
            throw new IOException("invalid column count " + count);
        }
        if (count == -1) {
            part = Part.END;
            return;
        }
        fields = count;
        digest.update((byte) (count >> Byte.SIZE));
        digest.update((byte) count);
        afterField();
    }

    private void readFieldLength(int bytes) throws IOException {
        if (bytes < -1) {
            throw new IOException("invalid column length " + bytes);
        }
        head.rewind();
        digest.update(head);
        if (bytes <= 0) {
            endField();
        } else {
            part = Part.BODY;
            bodyBytes = bytes;
        }
    }

    private void endField() {
        fields--;
        afterField();
    }

    private void afterField() {
        if (fields > 0) {
            expect(Part.FIELD_LENGTH, Integer.BYTES);
            return;
        }
        var hash = ByteBuffer.wrap(digest.digest());
        for (int i = 0; i < HASH_LONGS; i++) {
            sums[i] += hash.getLong();
        }
        rows++;
        expect(Part.FIELD_COUNT, Short.BYTES);
    }

    private void expect(Part next, int bytes) {
        part = next;
        head.clear().limit(bytes);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

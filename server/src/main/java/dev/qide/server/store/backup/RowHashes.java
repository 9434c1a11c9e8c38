package dev.qide.server.store.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// Counts and hashes the rows of one `COPY … (FORMAT binary)` stream that is written to it.
///
/// Each row has a SHA-256 over its columns; the sums of all of them, number by number, are the hash
/// of the table, which so does not hang on the order of the rows. The format is in PostgreSQL's
/// documentation under COPY, "Binary Format". Owned by one thread.
public final class RowHashes extends OutputStream {
    private static final byte[] SIGNATURE = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
    };

    /// Signature, flags, length of the extension.
    private static final int HEADER_BYTES = SIGNATURE.length + 2 * Integer.BYTES;

    private static final int HASH_LONGS = 4;

    private final MessageDigest digest = sha256();
    private final ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES).limit(HEADER_BYTES);
    private final long[] sums = new long[HASH_LONGS];
    private Part part = Part.HEADER;
    private long bodyBytes;
    private int fields;
    private long rows;

    /// What is read next.
    private enum Part {
        HEADER,
        FIELD_COUNT,
        FIELD_LENGTH,
        BODY,
        END
    }

    /// What was counted.
    ///
    /// @param hash 32 bytes
    public record Sum(long rows, byte[] hash) {
        public boolean isSame(Sum other) {
            return rows == other.rows && Arrays.equals(hash, other.hash);
        }
    }

    /// @throws IOException when the stream has not come to its end
    public Sum sum() throws IOException {
        if (part != Part.END) {
            throw new IOException("rows that do not end");
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
                throw new IOException("bytes behind the last row");
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
            case HEADER -> headed();
            case FIELD_COUNT -> counted(head.getShort());
            case FIELD_LENGTH -> measured(head.getInt());
            case BODY -> fieldEnded();
            case END -> throw new IOException("bytes behind the last row");
        }
    }

    private void headed() throws IOException {
        var signature = new byte[SIGNATURE.length];
        head.get(signature);
        int flags = head.getInt();
        int extension = head.getInt();
        if (!Arrays.equals(signature, SIGNATURE) || flags != 0 || extension != 0) {
            throw new IOException("not rows as PostgreSQL writes them");
        }
        expect(Part.FIELD_COUNT, Short.BYTES);
    }

    private void counted(short count) throws IOException {
        if (count < -1) {
            throw new IOException("a row of " + count + " columns");
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

    private void measured(int bytes) throws IOException {
        if (bytes < -1) {
            throw new IOException("a column of " + bytes + " bytes");
        }
        head.rewind();
        digest.update(head);
        if (bytes <= 0) {
            fieldEnded();
        } else {
            part = Part.BODY;
            bodyBytes = bytes;
        }
    }

    private void fieldEnded() {
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

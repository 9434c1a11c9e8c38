package dev.qide.server.transport.http;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.Map;

/// Decodes the chunked transfer coding (RFC 9112, section 7.1). Extensions and trailers are read
/// and dropped. Owned by the connection's thread.
final class ChunkedInput {
    /// The largest chunk.
    static final int CHUNK_BYTES = 1 << 20;

    /// All chunk extensions of a request together.
    private static final int EXTENSIONS_BYTES = 16 << 10;

    /// The maximum number of digits of a size, leading zeros included.
    private static final int SIZE_DIGITS = 16;

    private final ConnectionInput input;
    private final HeadReader lines;
    private int extensionsLeft = EXTENSIONS_BYTES;
    private long left;
    private boolean isInside;
    private boolean hasFailed;

    ChunkedInput(ConnectionInput input) {
        this.input = input;
        lines = new HeadReader(input);
    }

    /// @return -1 behind the last chunk and the trailers
    /// @throws RequestRefusal 400 when a chunk is malformed; nothing can be read afterwards
    /// @throws FailureException `MESSAGE_TOO_LARGE` for a chunk over the bound
    int read(byte[] into, int offset, int length) throws IOException {
        if (hasFailed) {
            throw RequestRefusal.malformed("chunk");
        }
        if (left == 0) {
            hasFailed = true;
            boolean isLast = !beginChunk();
            hasFailed = false;
            if (isLast) {
                return -1;
            }
        }
        int read = input.read(into, offset, (int) Math.min(length, left));
        left -= read;
        return read;
    }

    /// @return false for the last chunk
    private boolean beginChunk() throws IOException {
        if (isInside && !lines.line(0, 400, "chunk").isEmpty()) {
            throw RequestRefusal.malformed("chunk");
        }
        isInside = true;
        var line = lines.line(SIZE_DIGITS + extensionsLeft, 400, "chunk-extensions");
        int digits = digits(line);
        extensionsLeft -= line.length() - digits;
        checkExtensions(line, digits);
        left = Long.parseUnsignedLong(line.substring(0, digits), 16);
        if (left < 0 || left > CHUNK_BYTES) {
            throw new FailureException(
                    Failure.MESSAGE_TOO_LARGE, Map.of("limit", Integer.toString(CHUNK_BYTES)));
        }
        if (left == 0) {
            lines.fields();
        }
        return left > 0;
    }

    private static int digits(String line) {
        int digits = 0;
        while (digits < line.length()
                && RequestSyntax.isLetterOrDigit(line.charAt(digits))
                && Character.digit(line.charAt(digits), 16) >= 0) {
            digits++;
        }
        if (digits == 0 || digits > SIZE_DIGITS) {
            throw RequestRefusal.malformed("chunk");
        }
        return digits;
    }

    private void checkExtensions(String line, int digits) {
        if (extensionsLeft < 0) {
            throw RequestRefusal.malformed("chunk-extensions");
        }
        var extensions = RequestSyntax.strip(line.substring(digits));
        boolean isValid =
                extensions.isEmpty()
                        ? digits == line.length()
                        : extensions.startsWith(";") && RequestSyntax.isFieldValue(extensions);
        if (!isValid) {
            throw RequestRefusal.malformed("chunk");
        }
    }
}

package dev.qide.server.ai.provider;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads `application/x-ndjson`: one JSON value per line. Skips empty lines.
///
/// Owned by one thread.
final class JsonLines implements Dialect.Frames {
    private static final int LINE_BYTES = 1 << 20;

    private final InputStream stream;

    JsonLines(InputStream stream) {
        this.stream = new BufferedInputStream(stream);
    }

    /// @throws IOException also when a line exceeds 1 MiB
    @Override
    public @Nullable String next() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = stream.read(); next >= 0; next = stream.read()) {
            if (next != '\n') {
                line.write(next);
            } else if (line.size() > 0) {
                return line.toString(StandardCharsets.UTF_8);
            }
            if (line.size() > LINE_BYTES) {
                throw new IOException("a line is longer than " + LINE_BYTES + " bytes");
            }
        }
        return line.size() == 0 ? null : line.toString(StandardCharsets.UTF_8);
    }
}

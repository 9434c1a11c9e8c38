package dev.qide.server.ai.provider;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads `text/event-stream` according to the HTML standard (section "Interpreting an event
/// stream"): CR, LF and CRLF end a line, several `data` lines form one event, lines that begin with
/// a colon are comments. An event cut off by the end of the stream is still returned, because some
/// providers omit the last blank line.
///
/// Owned by one thread.
final class ServerSentEvents implements Dialect.Frames {
    private static final int LINE_BYTES = 1 << 20;

    private final InputStream stream;
    private boolean isEnded;
    private boolean lastWasCarriageReturn;

    ServerSentEvents(InputStream stream) {
        this.stream = new BufferedInputStream(stream);
    }

    /// The data of the next event, or null at the end of the stream.
    ///
    /// @throws IOException also when a line or event exceeds 1 MiB
    @Override
    public @Nullable String next() throws IOException {
        StringBuilder data = null;
        while (!isEnded) {
            var line = line();
            if (line.startsWith("data:")) {
                var value = line.startsWith("data: ") ? line.substring(6) : line.substring(5);
                data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
                if (data.length() > LINE_BYTES) {
                    throw new IOException("an event is longer than " + LINE_BYTES + " characters");
                }
            } else if (line.isEmpty() && data != null) {
                return data.toString();
            }
        }
        return data == null ? null : data.toString();
    }

    private String line() throws IOException {
        var bytes = new ByteArrayOutputStream();
        while (bytes.size() <= LINE_BYTES) {
            int next = stream.read();
            if (next == '\n' && lastWasCarriageReturn) {
                lastWasCarriageReturn = false;
                continue;
            }
            lastWasCarriageReturn = next == '\r';
            if (next < 0) {
                isEnded = true;
            }
            if (next < 0 || next == '\n' || next == '\r') {
                return bytes.toString(StandardCharsets.UTF_8);
            }
            bytes.write(next);
        }
        throw new IOException("a line is longer than " + LINE_BYTES + " bytes");
    }
}

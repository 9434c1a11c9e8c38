package dev.qide.server.cli.relay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An editor's messages in LSP's base protocol. One thread reads; writing is thread-safe.
final class EditorStream {
    /// The longest message, in octets or characters.
    static final int MESSAGE_OCTETS = 64 << 20;

    private static final int HEADER_LINE_OCTETS = 4_096;
    private static final String LENGTH = "content-length:";

    private final InputStream in;
    private final PrintStream out;
    private final ReentrantLock writing = new ReentrantLock();

    EditorStream(InputStream in, PrintStream out) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.out = out;
    }

    /// Writes a message to the editor; a slow reader blocks.
    void write(String text) {
        var body = text.getBytes(StandardCharsets.UTF_8);
        var head = "Content-Length: " + body.length + "\r\n\r\n";
        writing.lock();
        try {
            out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(body);
            out.flush();
        } finally {
            writing.unlock();
        }
    }

    /// The editor's next message; null when it has closed its end.
    ///
    /// @throws IOException with the reason when it sends something else
    @Nullable String next() throws IOException {
        int length = -1;
        while (true) {
            var line = headerLine();
            if (line == null) {
                return null;
            }
            if (line.isEmpty()) {
                break;
            }
            if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
                length = length(line.substring(LENGTH.length()).strip());
            }
        }
        if (length < 0) {
            throw new IOException("a header without Content-Length");
        }
        var body = in.readNBytes(length);
        return body.length < length ? null : new String(body, StandardCharsets.UTF_8);
    }

    private static int length(String digits) throws IOException {
        try {
            int length = Integer.parseInt(digits);
            if (length >= 0 && length <= MESSAGE_OCTETS) {
                return length;
            }
        } catch (NumberFormatException _) {
            // Refused like a length over the limit.
        }
        throw new IOException("a Content-Length that is no number up to " + MESSAGE_OCTETS);
    }

    /// A line without its end; null at the end of the stream.
    private @Nullable String headerLine() throws IOException {
        var line = new StringBuilder();
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            if (octet == '\n') {
                int end = line.length();
                return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
            }
            line.append((char) octet);
            if (line.length() > HEADER_LINE_OCTETS) {
                throw new IOException("a header line that is too long");
            }
        }
        return null;
    }
}

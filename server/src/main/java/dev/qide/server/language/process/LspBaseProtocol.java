package dev.qide.server.language.process;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The base protocol of LSP on a stream: header lines, an empty line, then `Content-Length` octets
/// of UTF-8. Owned by one thread.
public final class LspBaseProtocol {
    /// The longest message, in octets.
    static final int MESSAGE_OCTETS = 16 << 20;

    private static final int HEADER_OCTETS = 4096;
    private static final String LENGTH = "content-length:";

    private final InputStream in;

    public LspBaseProtocol(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /// The input is not a valid frame.
    static final class MalformedFrame extends IOException {
        private static final long serialVersionUID = 1L;

        private MalformedFrame(String reason) {
            super(reason);
        }
    }

    /// The next message, null at the end of the stream.
    ///
    /// @throws MalformedFrame when it is not a frame, or exceeds the limit
    @Nullable
    public String next() throws IOException {
        int length = length();
        if (length < 0) {
            return null;
        }
        var body = in.readNBytes(length);
        return body.length < length ? null : new String(body, StandardCharsets.UTF_8);
    }

    public static byte[] frame(String message) {
        var body = message.getBytes(StandardCharsets.UTF_8);
        var head = ("Content-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
        var frame = new byte[head.length + body.length];
        System.arraycopy(head, 0, frame, 0, head.length);
        System.arraycopy(body, 0, frame, head.length, body.length);
        return frame;
    }

    private int length() throws IOException {
        var header = new StringBuilder();
        while (true) {
            int octet = in.read();
            if (octet < 0) {
                if (header.isEmpty()) {
                    return -1;
                }
                throw new MalformedFrame("its output ended within a header");
            }
            header.append((char) octet);
            int size = header.length();
            boolean canBegin =
                    size > LENGTH.length()
                            || LENGTH.startsWith(header.toString().toLowerCase(Locale.ROOT))
                            || "content-type:"
                                    .startsWith(header.toString().toLowerCase(Locale.ROOT));
            if (!canBegin || size > HEADER_OCTETS) {
                throw new MalformedFrame("its output is not an LSP message");
            }
            if (size >= 4 && header.substring(size - 4).equals("\r\n\r\n")) {
                return parsed(header.toString());
            }
        }
    }

    private static int parsed(String header) throws IOException {
        for (var line : header.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
                try {
                    int length = Integer.parseInt(line.substring(LENGTH.length()).strip());
                    if (length >= 0 && length <= MESSAGE_OCTETS) {
                        return length;
                    }
                } catch (NumberFormatException _) {
                    throw new MalformedFrame("its output has a length that is not a number");
                }
                throw new MalformedFrame("its output has a message over the size limit");
            }
        }
        throw new MalformedFrame("its output has a message without a length");
    }
}

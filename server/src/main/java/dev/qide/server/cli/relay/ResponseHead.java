package dev.qide.server.cli.relay;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// The head of an HTTP/1.1 response. Immutable.
///
/// @param lines of the header, without the status line
record ResponseHead(int status, List<String> lines) {
    private static final String END = "\r\n\r\n";
    private static final int OCTETS = 16 << 10;

    /// Reads a head; what follows stays unread.
    ///
    /// @param within the whole head must arrive, apart from one read of the stream
    /// @throws IOException when it is no HTTP, too long or too late
    static ResponseHead read(InputStream in, Duration within) throws IOException {
        long began = System.nanoTime();
        var head = new StringBuilder();
        while (head.length() < END.length()
                || head.indexOf(END, head.length() - END.length()) < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException("the connection has ended");
            }
            if (head.length() == OCTETS) {
                throw new IOException("the head of the answer is too long");
            }
            if (System.nanoTime() - began > within.toNanos()) {
                throw new SocketTimeoutException("the answer takes too long");
            }
            head.append((char) octet);
        }
        var lines = List.of(head.substring(0, head.length() - END.length()).split("\r\n", -1));
        return new ResponseHead(status(lines.getFirst()), lines.subList(1, lines.size()));
    }

    /// The status of `HTTP/1.1 101 Switching Protocols`.
    private static int status(String line) throws IOException {
        var words = line.split(" ", -1);
        try {
            if (words.length >= 2 && words[0].startsWith("HTTP/1.")) {
                return Integer.parseInt(words[1]);
            }
        } catch (NumberFormatException _) {
            // Refused below.
        }
        throw new IOException("it does not speak HTTP");
    }

    /// The value of a field; empty without it.
    ///
    /// @param name in lower case
    String field(String name) {
        for (var line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
                return line.substring(colon + 1).strip();
            }
        }
        return "";
    }
}

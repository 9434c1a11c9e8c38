package dev.qide.server.transport.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads request lines and field lines (RFC 9112, sections 2 to 5), strictly: a line ends with
/// CRLF, a field name is a token that the colon follows at once, and no line continues another.
/// Input that two readers could understand differently is refused. Owned by the connection's
/// thread.
final class HeadReader {
    static final int REQUEST_LINE_BYTES = 16 << 10;

    /// All field lines of a request together.
    static final int FIELDS_BYTES = 32 << 10;

    static final int FIELDS = 200;

    /// Empty lines before a request line, which old clients send after content.
    private static final int EMPTY_LINES = 2;

    private final ConnectionInput input;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);

    HeadReader(ConnectionInput input) {
        this.input = input;
    }

    /// @throws RequestRefusal 414 when it is too long, 400 when it is malformed
    String requestLine() throws IOException {
        for (int i = 0; i <= EMPTY_LINES; i++) {
            var text = line(REQUEST_LINE_BYTES, 414, "request-line-too-long");
            if (!text.isEmpty()) {
                return text;
            }
        }
        throw RequestRefusal.malformed("request-line");
    }

    /// The field lines up to the empty line, names in lower case.
    ///
    /// @throws RequestRefusal 431 when they are too many or too long, 400 when one is malformed
    Map<String, List<String>> fields() throws IOException {
        var fields = new LinkedHashMap<String, List<String>>();
        int left = FIELDS_BYTES;
        for (int count = 0; ; count++) {
            var text = line(left, 431, "fields-too-large");
            if (text.isEmpty()) {
                return fields;
            }
            if (count == FIELDS) {
                throw new RequestRefusal(431, "too-many-fields");
            }
            left -= text.length();
            int colon = text.indexOf(':');
            if (colon < 1 || !RequestSyntax.isToken(text.substring(0, colon))) {
                throw RequestRefusal.malformed("field-name");
            }
            var value = RequestSyntax.strip(text.substring(colon + 1));
            if (!RequestSyntax.isFieldValue(value)) {
                throw RequestRefusal.malformed("field-value");
            }
            fields.computeIfAbsent(
                            text.substring(0, colon).toLowerCase(Locale.ROOT),
                            _ -> new ArrayList<>(1))
                    .add(value);
        }
    }

    /// The next line without its CRLF, one char a byte.
    ///
    /// @param bytes the most that it may have
    /// @param status of the refusal of a longer one
    String line(int bytes, int status, String tooLong) throws IOException {
        line.reset();
        while (true) {
            int next = input.read();
            if (next == '\r') {
                if (input.read() != '\n') {
                    throw RequestRefusal.malformed("line-end");
                }
                return line.toString(StandardCharsets.ISO_8859_1);
            }
            if (next == '\n') {
                throw RequestRefusal.malformed("line-end");
            }
            if (line.size() == bytes) {
                throw new RequestRefusal(status, tooLong);
            }
            line.write(next);
        }
    }
}

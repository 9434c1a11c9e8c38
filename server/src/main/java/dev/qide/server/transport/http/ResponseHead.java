package dev.qide.server.transport.http;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The status line and the headers of an answer (RFC 9112, section 4). Owned by one thread.
public final class ResponseHead {
    /// RFC 9110, section 5.6.7.
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final int status;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<String> cookies = new ArrayList<>();

    public ResponseHead(int status) {
        this.status = status;
        headers.put("Date", DATE.format(Instant.now()));
    }

    /// Sets a header; a later value replaces an earlier one.
    ///
    /// @throws IllegalArgumentException when it would not be read as one header
    public ResponseHead with(String name, String value) {
        if (!RequestSyntax.isToken(name) || !RequestSyntax.isFieldValue(value)) {
            throw new IllegalArgumentException("not a header: " + name);
        }
        headers.put(name, value);
        return this;
    }

    /// Adds a `Set-Cookie` header: the only one that an answer may have several of.
    ///
    /// @throws IllegalArgumentException when it would not be read as one header
    ResponseHead withCookie(String value) {
        if (!RequestSyntax.isFieldValue(value)) {
            throw new IllegalArgumentException("not a cookie");
        }
        cookies.add(value);
        return this;
    }

    /// The head as sent, with the empty line that ends it.
    public byte[] bytes() {
        var text = new StringBuilder(256);
        text.append("HTTP/1.1 ").append(status).append(' ').append(phrase()).append("\r\n");
        headers.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        cookies.forEach(value -> text.append("Set-Cookie: ").append(value).append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private String phrase() {
        return switch (status) {
            case 101 -> "Switching Protocols";
            case 200 -> "OK";
            case 201 -> "Created";
            case 204 -> "No Content";
            case 206 -> "Partial Content";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 308 -> "Permanent Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 402 -> "Payment Required";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 409 -> "Conflict";
            case 412 -> "Precondition Failed";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 415 -> "Unsupported Media Type";
            case 416 -> "Range Not Satisfiable";
            case 417 -> "Expectation Failed";
            case 426 -> "Upgrade Required";
            case 428 -> "Precondition Required";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            case 507 -> "Insufficient Storage";
            default -> "";
        };
    }
}

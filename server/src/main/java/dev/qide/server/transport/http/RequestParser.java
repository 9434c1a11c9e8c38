package dev.qide.server.transport.http;

import dev.qide.server.transport.http.ParsedRequest.Framing;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads the head of a request and checks what RFC 9110 and 9112 require of it. A head that breaks
/// a rule ends the connection: it is not certain where the next request would begin. Owned by the
/// connection's thread.
final class RequestParser {
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE");

    private static final Pattern VERSION = Pattern.compile("HTTP/(\\d)\\.(\\d)");
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://([^/?]*)(.*)");

    /// A longer `Content-Length` is more than any endpoint takes.
    private static final int LENGTH_DIGITS = 18;

    private final HeadReader reader;

    RequestParser(HeadReader reader) {
        this.reader = reader;
    }

    /// The next request's head.
    ///
    /// @throws RequestRefusal when it is refused; the connection ends then
    ParsedRequest read() throws IOException {
        var parts = reader.requestLine().split(" ", -1);
        if (parts.length != 3 || !RequestSyntax.isToken(parts[0])) {
            throw RequestRefusal.malformed("request-line");
        }
        var version = VERSION.matcher(parts[2]);
        if (!version.matches()) {
            throw RequestRefusal.malformed("version");
        }
        if (!version.group(1).equals("1")) {
            throw new RequestRefusal(505, "version");
        }
        var headers = reader.fields();
        boolean isHttp10 = version.group(2).equals("0");
        checkHost(headers.getOrDefault("host", List.of()), isHttp10);
        var framing = framing(headers, isHttp10);
        var method = parts[0];
        if (!METHODS.contains(method)) {
            throw new RequestRefusal(501, "method");
        }
        checkExpectation(headers, isHttp10);
        return request(method, parts[1], headers, isHttp10, framing);
    }

    private static ParsedRequest request(
            String method,
            String target,
            Map<String, List<String>> headers,
            boolean isHttp10,
            Framing framing) {
        if (!RequestSyntax.isTarget(target)) {
            throw RequestRefusal.malformed("target");
        }
        var local = target;
        var absolute = ABSOLUTE.matcher(target);
        if (absolute.matches()) {
            if (!RequestSyntax.isAuthority(absolute.group(1))) {
                throw RequestRefusal.malformed("target");
            }
            // RFC 9112, section 3.2.2: the target's authority counts, whatever `Host` says.
            headers.put("host", List.of(absolute.group(1)));
            local = absolute.group(2).startsWith("/") ? absolute.group(2) : "/" + absolute.group(2);
        }
        boolean isServer = target.equals("*") && method.equals("OPTIONS");
        if (!local.startsWith("/") && !isServer) {
            throw RequestRefusal.malformed("target");
        }
        int mark = local.indexOf('?');
        return new ParsedRequest(
                method,
                mark < 0 ? local : local.substring(0, mark),
                mark < 0 ? "" : local.substring(mark + 1),
                isHttp10,
                headers,
                framing);
    }

    private static void checkHost(List<String> hosts, boolean isHttp10) {
        boolean isValid = hosts.size() == 1 && RequestSyntax.isAuthority(hosts.getFirst());
        if (!isValid && !(isHttp10 && hosts.isEmpty())) {
            throw RequestRefusal.malformed("host");
        }
    }

    private static void checkExpectation(Map<String, List<String>> headers, boolean isHttp10) {
        for (var expectation : headers.getOrDefault("expect", List.of())) {
            if (!isHttp10 && !expectation.equalsIgnoreCase("100-continue")) {
                throw new RequestRefusal(417, "expectation");
            }
        }
    }

    /// RFC 9112, section 6. Both headers, or one of them twice, are refused: proxies differ in
    /// which one they believe.
    private static Framing framing(Map<String, List<String>> headers, boolean isHttp10) {
        var lengths = headers.get("content-length");
        var codings = headers.get("transfer-encoding");
        if (codings != null) {
            if (lengths != null || isHttp10 || codings.size() != 1) {
                throw RequestRefusal.malformed("framing");
            }
            var coding = codings.getFirst();
            if (coding.equalsIgnoreCase("chunked")) {
                return new Framing.Chunked();
            }
            throw coding.matches(
                            "(?i)(gzip|x-gzip|deflate|compress|x-compress)[ \t]*,[ \t]*chunked")
                    ? new RequestRefusal(501, "transfer-coding")
                    : RequestRefusal.malformed("framing");
        }
        if (lengths == null) {
            return new Framing.None();
        }
        var length = lengths.getFirst();
        if (lengths.size() != 1 || !length.matches("\\d+")) {
            throw RequestRefusal.malformed("framing");
        }
        var digits = length.replaceFirst("^0+", "");
        if (digits.length() > LENGTH_DIGITS) {
            throw new RequestRefusal(413, "content-length");
        }
        return digits.isEmpty() ? new Framing.None() : new Framing.Length(Long.parseLong(digits));
    }
}

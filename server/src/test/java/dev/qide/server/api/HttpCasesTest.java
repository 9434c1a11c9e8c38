package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import dev.qide.server.telemetry.LogCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Requests of bare bytes and what RFC 9110 and RFC 9112 say of them, on a whole server.
///
/// In a request `|` is the end of a line, `{auth}` a host with the owner's token, `{f}` the path of
/// the files, `{wait}` the place where the client waits for an answer before it sends more, and
/// `{x*9}` nine of the letter. The expectation is the statuses and whether the connection is `kept`
/// or `closed`, then lines that the first answer's head has, `!name` for a header that it has not,
/// and `=text` for text in its content. Whatever a client sends as content is not in the log.
class HttpCasesTest {
    private static final String SECRET = "private-content";
    private static final Pattern REPEATED = Pattern.compile("\\{(.)\\*(\\d+)}");

    @TempDir static Path folder;
    private static TestServer server;
    private static LogCapture log;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "0123456789");
        Files.writeString(folder.resolve("[id].txt"), "brackets");
        server = TestServer.start(folder);
        log = new LogCapture();
    }

    @AfterAll
    static void stop() {
        log.close();
        server.close();
        assertThat(log.lines()).noneMatch(line -> line.contains(SECRET));
    }

    record Case(String section, String request, List<String> expected) {
        @Override
        public String toString() {
            return section + ": " + request;
        }
    }

    private static Case row(String section, String request, String... expected) {
        return new Case(section, request, List.of(expected));
    }

    static Stream<Case> cases() {
        return Stream.of(
                        requestLines(),
                        hosts(),
                        fields(),
                        framing(),
                        chunks(),
                        versions(),
                        methods(),
                        expectations(),
                        conditions(),
                        ranges(),
                        handshakes(),
                        secrets())
                .flatMap(List::stream);
    }

    private static List<Case> requestLines() {
        var line = "request line";
        return List.of(
                row(line, "GET /health HTTP/1.1|Host: a||", "200 kept", "!Connection"),
                row(line, "||GET /health HTTP/1.1|Host: a||", "200 kept"),
                row(line, "||||GET /health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET  /health HTTP/1.1|Host: a||", "400 closed", "=request-line"),
                row(line, "GET /health HTTP/1.1 |Host: a||", "400 closed"),
                row(line, " GET /health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET\t/health\tHTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET /health|Host: a||", "400 closed"),
                row(line, "GET /health HTTP/1.1\nHost: a\n\n", "400 closed", "=line-end"),
                row(line, "GET /health HTTP/1.1\rHost: a||", "400 closed"),
                row(line, "G\0T /health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "G@T /health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET health HTTP/1.1|Host: a||", "400 closed", "=target"),
                row(line, "GET * HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET /health#x HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET /h\u00e9 HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET /{x*17000} HTTP/1.1|Host: a||", "414 closed"),
                row(line, "GET /health?{x*15000} HTTP/1.1|Host: a||", "200 kept"),
                row(line, "GET http://a/health HTTP/1.1|Host: a||", "200 kept"),
                row(line, "GET HTTP://b:80/health?x HTTP/1.1|Host: a||", "200 kept"),
                row(line, "GET http://a HTTP/1.1|Host: a||", "200 kept", "=<!doctype"),
                row(line, "GET http://a?x HTTP/1.1|Host: a||", "200 kept"),
                row(line, "GET http://u@a/health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET http:///health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET http://a/health HTTP/1.1||", "400 closed", "=host"),
                row(line, "GET http://b.example/metrics HTTP/1.1|Host: localhost||", "401 kept"),
                row(line, "GET ftp://a/health HTTP/1.1|Host: a||", "400 closed"),
                row(line, "GET /%68ealth HTTP/1.1|Host: a||", "200 kept"),
                row(line, "GET {f}%61.txt HTTP/1.1|{auth}||", "200 kept", "=0123456789"),
                row(line, "GET {f}[id].txt HTTP/1.1|{auth}||", "200 kept", "=brackets"),
                row(line, "GET {f}%5Bid%5d.txt HTTP/1.1|{auth}||", "200 kept", "=brackets"),
                row(line, "GET /%zz HTTP/1.1|Host: a||", "400 kept", "=path-illegal"),
                row(line, "GET /a%2 HTTP/1.1|Host: a||", "400 kept", "=path-illegal"),
                row(line, "GET /%ff HTTP/1.1|Host: a||", "400 kept", "=path-illegal"),
                row(line, "GET /%00 HTTP/1.1|Host: a||", "400 kept", "=path-illegal"),
                row(line, "GET /a/%2e%2e/health HTTP/1.1|Host: a||", "400 kept"),
                row(line, "GET {f}..%2fx HTTP/1.1|{auth}||", "400 kept", "=path-illegal"));
    }

    private static List<Case> hosts() {
        var host = "Host";
        return List.of(
                row(host, "GET /health HTTP/1.1||", "400 closed", "=host"),
                row(host, "GET /health HTTP/1.1|Host: a|Host: a||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a|host: b||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host:||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a b||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a/b||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a,b@c||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a:x||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a:65536||", "400 closed"),
                row(host, "GET /health HTTP/1.1|Host: a:65535||", "200 kept"),
                row(host, "GET /health HTTP/1.1|Host: a:||", "200 kept"),
                row(host, "GET /health HTTP/1.1|Host: [::1]:8080||", "200 kept"),
                row(host, "GET /health HTTP/1.1|Host: [::1||", "400 closed"));
    }

    private static List<Case> fields() {
        var field = "field lines";
        var get = "GET /health HTTP/1.1|Host: a|";
        return List.of(
                row(field, get + "X: y||", "200 kept"),
                row(field, get + "X:||", "200 kept"),
                row(field, get + "X:\t y \t||", "200 kept"),
                row(field, get + "X: \u00e9||", "200 kept"),
                row(field, get + "X : y||", "400 closed", "=field-name"),
                row(field, get + " X: y||", "400 closed"),
                row(field, get + "X: y| z||", "400 closed", "=field-name"),
                row(field, get + "X: y|\tz||", "400 closed"),
                row(field, "GET /health HTTP/1.1| Host: a||", "400 closed"),
                row(field, get + "X||", "400 closed"),
                row(field, get + ": y||", "400 closed"),
                row(field, get + "X@: y||", "400 closed"),
                row(field, get + "X: y\0z||", "400 closed", "=field-value"),
                row(field, get + "X: y\u007f||", "400 closed"),
                row(field, get + "X: y\rz||", "400 closed"),
                row(field, get + "X: y\nZ: z||", "400 closed"),
                row(field, get + "X: {x*33000}||", "431 closed", "=fields-too-large"),
                row(field, get + "X: {x*31000}||", "200 kept"),
                row(field, get + "{|*9}", "200 400 closed"),
                row(field, get + "X: y|".repeat(199) + "|", "200 kept"),
                row(field, get + "X: y|".repeat(201) + "|", "431 closed", "=too-many-fields"),
                row(field, get + "Connection: close||", "200 closed", "Connection: close"),
                row(field, get + "Connection: x, CLOSE||", "200 closed", "Connection: close"),
                row(field, get + "Connection: x|Connection: close||", "200 closed"));
    }

    private static List<Case> framing() {
        var framing = "framing";
        var post = "POST /api/login HTTP/1.1|Host: a|";
        var next = "GET /health HTTP/1.1|Host: a||";
        return List.of(
                row(framing, next + next + next, "200 200 200 kept"),
                row(framing, "HEAD /health HTTP/1.1|Host: a||" + next, "200 200 kept"),
                row(framing, post + "Content-Length: 2||{}" + next, "400 200 kept"),
                row(framing, post + "Content-Length: 0||" + next, "400 200 kept"),
                row(framing, post + "Content-Length: 02||{}" + next, "400 200 kept"),
                row(framing, post + "Content-Length: 2|Content-Length: 2||{}", "400 closed"),
                row(framing, post + "Content-Length: 2|Content-Length: 3||{}", "400 closed"),
                row(framing, post + "Content-Length: 2, 2||{}", "400 closed"),
                row(framing, post + "Content-Length: +2||{}", "400 closed"),
                row(framing, post + "Content-Length: -2||{}", "400 closed"),
                row(framing, post + "Content-Length: 0x2||{}", "400 closed"),
                row(framing, post + "Content-Length: 2 2||{}", "400 closed"),
                row(framing, post + "Content-Length:||{}", "400 closed"),
                row(framing, post + "Content-Length: 9999999999999999999||{}", "413 closed"),
                row(
                        framing,
                        post + "Content-Length: 6|Transfer-Encoding: chunked||0||" + next,
                        "400 closed",
                        "=framing"),
                row(
                        framing,
                        post + "Transfer-Encoding: chunked|Content-Length: 6||0||" + next,
                        "400 closed"),
                row(
                        framing,
                        post + "Transfer-Encoding: x|Transfer-Encoding: chunked||0||",
                        "400 closed"),
                row(framing, post + "Transfer-Encoding: chunked, chunked||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding: chunked, identity||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding: identity||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding: xchunked||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding:\u000bchunked||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding:||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding : chunked||0||", "400 closed"),
                row(framing, post + "Transfer-Encoding: gzip, chunked||0||", "501 closed"),
                row(framing, post + "Transfer-Encoding: Chunked||2|{}|0||" + next, "400 200 kept"),
                row(framing, "GET /health HTTP/1.1|Host: a|Content-Length: 2||{}", "200 closed"),
                row(
                        framing,
                        post + "Content-Encoding: gzip|Content-Length: 2||{}",
                        "415 closed",
                        "Accept-Encoding: identity",
                        "=content-coding"),
                row(
                        framing,
                        post + "Content-Encoding: identity|Content-Length: 2||{}" + next,
                        "400 200 kept"));
    }

    private static List<Case> chunks() {
        var chunk = "chunks";
        var put = "PUT {f}a.txt HTTP/1.1|{auth}|If-Match: \"old\"|Transfer-Encoding: chunked||";
        return List.of(
                row(chunk, put + "5|12345|0||", "412 kept"),
                row(chunk, put + "5;a=b|12345|0||", "412 kept"),
                row(chunk, put + "5;a=\"b;c\"; d|12345|0;e||", "412 kept"),
                row(chunk, put + "5 ;a|12345|0||", "412 kept"),
                row(chunk, put + "0005|12345|000||", "412 kept"),
                row(chunk, put + "A|1234567890|a|1234567890|0||", "412 kept"),
                row(chunk, put + "5|12345|0|X: y|Z: w||", "412 kept"),
                row(chunk, put + "0||", "412 kept"),
                row(chunk, put + "5|" + SECRET + "|0||", "400 closed", "=chunk"),
                row(chunk, put + SECRET + "|0||", "400 closed", "=chunk"),
                row(chunk, put + "g" + SECRET + "||", "400 closed"),
                row(chunk, put + "0x5|12345|0||", "400 closed"),
                row(chunk, put + "-5|12345|0||", "400 closed"),
                row(chunk, put + " 5|12345|0||", "400 closed"),
                row(chunk, put + "5 |12345|0||", "400 closed"),
                row(chunk, put + "5 " + SECRET + "|12345|0||", "400 closed"),
                row(chunk, put + "|5|12345|0||", "400 closed"),
                row(chunk, put + "5\n12345\n0\n\n", "400 closed"),
                row(chunk, put + "5|12345\n0||", "400 closed"),
                row(chunk, put + "5;a\0b|12345|0||", "400 closed"),
                row(chunk, put + "5|12345|0|" + SECRET + "||", "400 closed"),
                row(chunk, put + "5|12345|0|X : " + SECRET + "||", "400 closed"),
                row(chunk, put + "5|12345|0|X: {x*33000}||", "431 closed"),
                row(chunk, put + "5;{x*17000}|12345|0||", "400 closed", "=chunk-extensions"),
                row(chunk, put + "1;xxxxxxxxx|1|".repeat(1_700) + "0||", "400 closed"),
                row(chunk, put + "00000000000000005|12345|0||", "400 closed"),
                row(chunk, put + "ffffffffffffffff|1", "413 closed"),
                row(chunk, put + "7fffffff|1", "413 closed"));
    }

    private static List<Case> versions() {
        var version = "version";
        return List.of(
                row(version, "GET /health HTTP/1.0||", "200 closed", "Connection: close"),
                row(version, "GET /health HTTP/1.0|Host: a||", "200 closed", "HTTP/1.1 200 OK"),
                row(version, "GET /health HTTP/1.0|Connection: keep-alive||", "200 closed"),
                row(version, "HEAD /ready HTTP/1.0||", "200 closed"),
                row(version, "OPTIONS / HTTP/1.0||", "204 closed", "Allow: GET, HEAD, OPTIONS"),
                row(version, "GET / HTTP/1.0||", "200 closed", "!Transfer-Encoding"),
                row(
                        version,
                        "GET /api/workspaces/demo/zip HTTP/1.0|{auth}||",
                        "200 closed",
                        "!Transfer-Encoding",
                        "!Content-Length",
                        "=a.txt"),
                row(
                        version,
                        "GET /api/workspaces/demo/zip HTTP/1.1|{auth}||",
                        "200 kept",
                        "Transfer-Encoding: chunked",
                        "!Content-Length",
                        "=a.txt"),
                row(version, "GET /metrics HTTP/1.0||", "401 closed"),
                row(version, "POST /api/login HTTP/1.0|Content-Length: 2||{}", "400 closed"),
                row(
                        version,
                        "POST /api/login HTTP/1.0|Transfer-Encoding: chunked||0||",
                        "400 closed"),
                row(version, "GET /health HTTP/1.0|Host: a|Host: b||", "400 closed"),
                row(version, "GET /health HTTP/1.2|Host: a||", "200 kept"),
                row(version, "GET /health HTTP/2.0|Host: a||", "505 closed"),
                row(version, "PRI * HTTP/2.0||SM||", "505 closed"),
                row(version, "GET /health HTTP/0.9||", "505 closed"),
                row(version, "GET /health http/1.1|Host: a||", "400 closed", "=version"),
                row(version, "GET /health HTTP/1|Host: a||", "400 closed"),
                row(version, "GET /health HTTP/01.1|Host: a||", "400 closed"));
    }

    private static List<Case> methods() {
        var method = "methods";
        return List.of(
                row(method, "BREW /health HTTP/1.1|Host: a||", "501 closed", "=method"),
                row(method, "get /health HTTP/1.1|Host: a||", "501 closed"),
                row(method, "CONNECT a:80 HTTP/1.1|Host: a:80||", "501 closed"),
                row(method, "PROPFIND {f}a.txt HTTP/1.1|{auth}||", "501 closed"),
                row(method, "TRACE /health HTTP/1.1|Host: a||", "405 kept"),
                row(
                        method,
                        "POST /health HTTP/1.1|Host: a||",
                        "405 kept",
                        "Allow: GET, HEAD, OPTIONS"),
                row(
                        method,
                        "PATCH {f}a.txt HTTP/1.1|{auth}||",
                        "405 kept",
                        "Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT"),
                row(method, "DELETE / HTTP/1.1|Host: a||", "405 kept", "Allow: GET, HEAD, OPTIONS"),
                row(
                        method,
                        "OPTIONS {f}a.txt HTTP/1.1|Host: a||",
                        "204 kept",
                        "Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT",
                        "!Content-Length"),
                row(
                        method,
                        "OPTIONS /api/logout HTTP/1.1|Host: a||",
                        "204 kept",
                        "Allow: OPTIONS, POST"),
                row(
                        method,
                        "OPTIONS * HTTP/1.1|Host: a||",
                        "204 kept",
                        "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
                row(
                        method,
                        "OPTIONS /ws/demo HTTP/1.1|Host: a||",
                        "204 kept",
                        "Allow: GET, HEAD, OPTIONS"),
                row(method, "OPTIONS /nowhere HTTP/1.1|Host: a||", "404 kept"),
                row(method, "HEAD /health HTTP/1.1|Host: a||", "200 kept", "Content-Length: 15"),
                row(method, "HEAD /nowhere HTTP/1.1|Host: a||", "404 kept"),
                row(
                        method,
                        "HEAD /api/me HTTP/1.1|Host: a||",
                        "401 kept",
                        "WWW-Authenticate: Bearer realm=\"qide\""),
                row(
                        method,
                        "HEAD {f}a.txt HTTP/1.1|{auth}|Range: bytes=0-1||",
                        "200 kept",
                        "Content-Length: 10"),
                row(
                        method,
                        "HEAD /api/workspaces/demo/zip HTTP/1.1|{auth}||",
                        "200 kept",
                        "!Content-Length"),
                row(method, "HEAD /ws/demo HTTP/1.1|Host: a||", "426 kept"),
                row(method, "POST /api/logout HTTP/1.1|Host: a||", "204 kept", "!Content-Length"),
                row(
                        method,
                        "GET /api/me HTTP/1.1|Host: a||",
                        "401 kept",
                        "WWW-Authenticate: Bearer realm=\"qide\"",
                        "=unauthenticated"),
                row(
                        method,
                        "GET /api/me HTTP/1.1|Host: a|Authorization: Basic x||",
                        "401 kept",
                        "WWW-Authenticate: Bearer realm=\"qide\""));
    }

    private static List<Case> expectations() {
        var expect = "Expect";
        var put = "PUT {f}a.txt HTTP/1.1|{auth}|Expect: 100-continue|Content-Length: 2|";
        return List.of(
                row(expect, put + "If-Match: \"old\"||{wait}ab", "100 412 kept"),
                row(expect, put + "If-Match: \"old\"||ab", "412 kept"),
                row(
                        expect,
                        "PUT {f}a.txt HTTP/1.1|Host: a|Expect: 100-continue|Content-Length: 2||",
                        "401 closed",
                        "Connection: close"),
                row(expect, put + "Content-Encoding: br||", "415 closed"),
                row(expect, "GET /health HTTP/1.1|Host: a|Expect: 100-continue||", "200 kept"),
                row(
                        expect,
                        "PUT {f}a.txt HTTP/1.1|{auth}|Expect: 200-ok|Content-Length: 2||",
                        "417 closed",
                        "=expectation"),
                row(
                        expect,
                        "POST /api/login HTTP/1.0|Expect: x|Content-Length: 2||{}",
                        "400 closed"));
    }

    private static List<Case> conditions() {
        var condition = "conditions";
        var get = "GET {f}a.txt HTTP/1.1|{auth}|";
        var put = "PUT {f}%s HTTP/1.1|{auth}|Content-Length: 1|";
        return List.of(
                row(condition, get + "|", "200 kept", "ETag: {etag}", "Content-Length: 10"),
                row(
                        condition,
                        get + "If-None-Match: {etag}||",
                        "304 kept",
                        "ETag: {etag}",
                        "!Content-Length"),
                row(condition, get + "If-None-Match: \"x\", {etag}||", "304 kept"),
                row(condition, get + "If-None-Match: \"x\",W/{etag}||", "304 kept"),
                row(condition, get + "If-None-Match: \"x\"|If-None-Match: {etag}||", "304 kept"),
                row(condition, get + "If-None-Match: *||", "304 kept"),
                row(condition, get + "If-None-Match: \"x\"||", "200 kept"),
                row(condition, get + "If-Match: {etag}||", "200 kept"),
                row(condition, get + "If-Match: *||", "200 kept"),
                row(condition, get + "If-Match: \"x\"||", "412 kept"),
                row(condition, get + "If-Match: W/{etag}||", "412 kept"),
                row(condition, put.formatted("new-1.txt") + "If-None-Match: *||x", "201 kept"),
                row(condition, put.formatted("a.txt") + "If-None-Match: *||x", "412 kept"),
                row(condition, put.formatted("a.txt") + "|x", "428 closed"),
                row(condition, put.formatted("none.txt") + "If-Match: *||x", "412 kept"),
                row(condition, put.formatted("%5Bid%5D.txt") + "If-Match: *||x", "204 kept"),
                row(
                        condition,
                        put.formatted("a.txt") + "If-Match: *|Content-Range: bytes 0-0/10||x",
                        "400 closed",
                        "=Content-Range"),
                row(
                        condition,
                        "POST {f}new-folder?folder HTTP/1.1|{auth}||",
                        "201 kept",
                        "Content-Length: 0"),
                row(condition, "DELETE {f}none.txt HTTP/1.1|{auth}|If-Match: *||", "404 kept"),
                row(condition, "DELETE {f}a.txt HTTP/1.1|{auth}||", "428 kept"));
    }

    private static List<Case> ranges() {
        var range = "ranges";
        var get = "GET {f}a.txt HTTP/1.1|{auth}|Range: ";
        return List.of(
                row(
                        range,
                        get + "bytes=2-4||",
                        "206 kept",
                        "Content-Range: bytes 2-4/10",
                        "Content-Length: 3",
                        "=234"),
                row(range, get + "bytes=-3||", "206 kept", "Content-Range: bytes 7-9/10", "=789"),
                row(range, get + "bytes=8-||", "206 kept", "=89"),
                row(range, get + "bytes=8-99||", "206 kept", "Content-Range: bytes 8-9/10"),
                row(range, get + "bytes=10-||", "416 kept", "Content-Range: bytes */10"),
                row(range, get + "bytes=-0||", "416 kept"),
                row(range, get + "bytes=0-1,4-5||", "200 kept", "=0123456789"),
                row(range, get + "lines=0-1||", "200 kept"),
                row(range, get + "bytes=0-1|If-Range: {etag}||", "206 kept"),
                row(range, get + "bytes=0-1|If-Range: \"x\"||", "200 kept"),
                row(range, get + "bytes=99-|If-Range: \"x\"||", "200 kept"),
                row(range, get + "bytes=0-1|If-None-Match: {etag}||", "304 kept"));
    }

    private static List<Case> handshakes() {
        var upgrade = "upgrade";
        var ws = "GET /ws/demo HTTP/1.1|Host: a|Connection: Upgrade|";
        var key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|Sec-WebSocket-Version: ";
        return List.of(
                row(
                        upgrade,
                        "GET /ws/demo HTTP/1.1|Host: a||",
                        "426 kept",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13"),
                row(upgrade, "GET /collab/demo HTTP/1.1|Host: a||", "426 kept"),
                row(upgrade, "GET /yjs/demo/a.txt HTTP/1.1|Host: a||", "426 kept"),
                row(upgrade, "GET /lsp/demo/python HTTP/1.1|Host: a||", "426 kept"),
                row(upgrade, "GET /ws/demo HTTP/1.0|Host: a|Upgrade: websocket||", "426 closed"),
                row(upgrade, ws + "Upgrade: h2c||", "426 kept"),
                row(
                        upgrade,
                        "POST /ws/demo HTTP/1.1|Host: a||",
                        "405 kept",
                        "Allow: GET, HEAD, OPTIONS"),
                row(
                        upgrade,
                        ws + "Upgrade: websocket|" + key + "13||",
                        "401 closed",
                        "WWW-Authenticate: Bearer realm=\"qide\""),
                row(
                        upgrade,
                        ws + "Upgrade: websocket|" + key + "8||",
                        "426 closed",
                        "Upgrade: websocket",
                        "Connection: close, Upgrade",
                        "Sec-WebSocket-Version: 13"),
                row(upgrade, ws + "Upgrade: websocket|Content-Length: 2||{}", "400 closed"),
                row(
                        upgrade,
                        "GET /health HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: h2c||",
                        "200 kept"));
    }

    /// Bad input of every endpoint that reads some. What it is made of must not be in the log.
    private static List<Case> secrets() {
        var secret = "secrecy";
        var json = "Content-Type: application/json|Content-Length: 16||" + SECRET + "}";
        var bytes = "If-None-Match: *|Content-Type: text/plain|Content-Length: 16||" + SECRET;
        return List.of(
                row(secret, "POST /api/login HTTP/1.1|Host: a|" + json, "400 kept"),
                row(
                        secret,
                        "POST /api/login HTTP/1.1|Host: a|Content-Length: 27||{\"token\":\""
                                + SECRET
                                + "\"}",
                        "401 kept"),
                row(secret, "POST /api/workspaces HTTP/1.1|{auth}|" + json, "400 kept"),
                row(
                        secret,
                        "POST /api/workspaces?name=z HTTP/1.1|{auth}|Content-Type: application/zip|"
                                + "Content-Length: 15||"
                                + SECRET,
                        "400 kept"),
                row(
                        secret,
                        "POST /api/workspaces/demo/zip HTTP/1.1|{auth}|"
                                + "Content-Type: application/zip|Content-Length: 15||"
                                + SECRET,
                        "400 kept"),
                row(secret, "PUT {f}b.txt HTTP/1.1|{auth}|" + bytes + "\u00ff", "415 kept"),
                row(
                        secret,
                        "GET /api/workspaces/demo/search?q=(" + SECRET + "&regex HTTP/1.1|{auth}||",
                        "400 kept"),
                row(
                        secret,
                        "GET /api/workspaces/demo/external?uri=" + SECRET + " HTTP/1.1|{auth}||",
                        "400 kept"),
                row(
                        secret,
                        "GET /api/me HTTP/1.1|Host: a|Authorization: Bearer " + SECRET + "||",
                        "401 kept"),
                row(
                        secret,
                        "GET /api/me HTTP/1.1|Host: a|Cookie: qide_session=" + SECRET + "||",
                        "401 kept"),
                row(secret, "GET /" + SECRET + "\0 HTTP/1.1|Host: a||", "400 closed"),
                row(secret, SECRET + "||", "400 closed"),
                row(
                        secret,
                        "GET /health HTTP/1.1|Host: a|Content-Length: " + SECRET + "||",
                        "400 closed"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void a_request_is_answered_as_the_specification_says(Case each) throws IOException {
        var statuses = each.expected().getFirst().split(" ", -1);
        boolean isKept = statuses[statuses.length - 1].equals("kept");
        try (var client = new RawHttp(server.http("/").getPort())) {
            var parts = bytes(each.request()).split("\\{wait}", -1);
            client.send(parts[0]);
            var first = client.receive(parts[0].startsWith("HEAD"));
            if (parts.length > 1) {
                client.send(parts[1]);
            }
            var received = new StringBuilder(first.status());
            for (int i = 1; i < statuses.length - 1; i++) {
                received.append(' ').append(client.receive(false).status());
            }
            assertThat(received + (isKept ? " kept" : " closed"))
                    .as(first.head() + first.content())
                    .isEqualTo(each.expected().getFirst());
            each.expected().stream().skip(1).forEach(line -> check(first, line));
            checkEnd(client, isKept);
            assertThat(first.status().equals("100") || first.hasHeader("Date")).isTrue();
        }
    }

    private static void check(RawHttp.Response response, String expected) {
        if (expected.startsWith("!")) {
            assertThat(response.hasHeader(expected.substring(1))).as(response.head()).isFalse();
        } else if (expected.startsWith("=")) {
            assertThat(response.content()).containsIgnoringCase(expected.substring(1));
        } else {
            var line = bytes(expected);
            assertThat(response.has(line)).as(line + " in " + response.head()).isTrue();
        }
    }

    private static void checkEnd(RawHttp client, boolean isKept) throws IOException {
        if (isKept) {
            client.send(bytes("GET /health HTTP/1.1|Host: a|Connection: close||"));
            assertThat(client.receive(false).status()).isEqualTo("200");
        }
        assertThat(client.isEnded()).isTrue();
    }

    private static String bytes(String text) {
        var etag = "\"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\"";
        var repeated =
                REPEATED.matcher(text)
                        .replaceAll(m -> m.group(1).repeat(Integer.parseInt(m.group(2))));
        return repeated.replace("{auth}", "Host: localhost|Authorization: Bearer {token}")
                .replace("{token}", server.token())
                .replace("{f}", "/api/workspaces/demo/files/")
                .replace("{etag}", etag)
                .replace("|", "\r\n");
    }
}

package dev.qide.server.api;

import static dev.qide.server.api.HttpCase.row;
import static dev.qide.server.api.HttpCasesTest.SECRET;

import java.util.List;
import java.util.stream.Stream;

/// What RFC 9112 says of messages: request lines, fields, framing, versions.
final class HttpMessageCases {
    static Stream<HttpCase> all() {
        return Stream.of(requestLines(), hosts(), fields(), framing(), chunks(), versions())
                .flatMap(List::stream);
    }

    private static List<HttpCase> requestLines() {
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

    private static List<HttpCase> hosts() {
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

    private static List<HttpCase> fields() {
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

    private static List<HttpCase> framing() {
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

    private static List<HttpCase> chunks() {
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

    private static List<HttpCase> versions() {
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

    private HttpMessageCases() {}
}

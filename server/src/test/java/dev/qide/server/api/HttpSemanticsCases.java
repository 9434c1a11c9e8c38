package dev.qide.server.api;

import static dev.qide.server.api.HttpCase.row;
import static dev.qide.server.api.HttpCasesTest.SECRET;

import java.util.List;
import java.util.stream.Stream;

/// What RFC 9110 says of methods, conditions, ranges and upgrades, and bad input that must not
/// reach the log.
final class HttpSemanticsCases {
    static Stream<HttpCase> all() {
        return Stream.of(methods(), expectations(), conditions(), ranges(), handshakes(), secrets())
                .flatMap(List::stream);
    }

    private static List<HttpCase> methods() {
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
                row(method, "GET /v1/nowhere HTTP/1.1|Host: a||", "404 kept"),
                row(method, "GET /oct/nowhere HTTP/1.1|Host: a||", "404 kept", "=params"),
                row(method, "POST /oct/nowhere HTTP/1.1|Host: a||", "404 kept", "=params"),
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
                        "POST /oct/api/session/create HTTP/1.1|Host: a||",
                        "401 kept",
                        "WWW-Authenticate: Bearer realm=\"qide\""),
                row(
                        method,
                        "GET /api/me HTTP/1.1|Host: a|Authorization: Basic x||",
                        "401 kept",
                        "WWW-Authenticate: Bearer realm=\"qide\""));
    }

    private static List<HttpCase> expectations() {
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

    private static List<HttpCase> conditions() {
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

    private static List<HttpCase> ranges() {
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

    private static List<HttpCase> handshakes() {
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
    private static List<HttpCase> secrets() {
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

    private HttpSemanticsCases() {}
}

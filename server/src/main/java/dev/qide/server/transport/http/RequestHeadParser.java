package dev.qide.server.transport.http;

import dev.qide.server.transport.PercentEncoding;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.TrustedProxies;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the head of a request into a [RequestHead]. Thread-safe.
public final class RequestHeadParser {
    private final TrustedProxies proxies;

    public RequestHeadParser(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    /// @throws FailureException `PATH_ILLEGAL` when the decoded path has a `.` or `..` segment, a
    ///   NUL, or does not begin with `/`
    public RequestHead read(HttpPrologue prologue, Headers headers, PeerInfo peer) {
        var rawPath = prologue.uriPath().rawPath();
        var path = PercentEncoding.decode(rawPath);
        checkPath(path);
        var values = new LinkedHashMap<String, List<String>>();
        headers.forEach(header ->
                values.put(
                        header.name().toLowerCase(Locale.ROOT), List.copyOf(header.allValues())));
        var channel = ClientConnection.channelOf(peer);
        var client =
                proxies.client(
                        channel.remote().getAddress(),
                        channel.isSecure(),
                        joined(values, "x-forwarded-for"),
                        joined(values, "x-forwarded-proto"));
        return new RequestHead(
                prologue.method().text(),
                path,
                rawPath,
                prologue.query().rawValue(),
                values,
                client.address().getHostAddress(),
                client.isSecure());
    }

    private static @Nullable String joined(Map<String, List<String>> headers, String name) {
        var values = headers.get(name);
        return values == null ? null : String.join(",", values);
    }

    private static void checkPath(String path) {
        boolean isLegal = path.startsWith("/") && path.indexOf('\0') < 0;
        for (var segment : path.split("/", -1)) {
            isLegal &= !segment.equals("..") && !segment.equals(".");
        }
        if (!isLegal) {
            throw new FailureException(Failure.PATH_ILLEGAL);
        }
    }
}

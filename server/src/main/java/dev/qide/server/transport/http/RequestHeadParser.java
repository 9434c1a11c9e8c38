package dev.qide.server.transport.http;

import dev.qide.server.transport.AcceptedChannel;
import dev.qide.server.transport.ForwardedRequests;
import dev.qide.server.transport.PercentEncoding;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.TrustedProxies;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes the [RequestHead] of a parsed request: decodes the path and finds out who the client is.
/// Thread-safe.
public final class RequestHeadParser {
    private final TrustedProxies proxies;
    private final ForwardedRequests forwarded;

    public RequestHeadParser(TrustedProxies proxies, ForwardedRequests forwarded) {
        this.proxies = proxies;
        this.forwarded = forwarded;
    }

    /// @throws FailureException `PATH_ILLEGAL` when the path has a malformed escape, is not UTF-8,
    ///   or has a `.` or `..` segment or a NUL; `FORWARDING_REFUSED` when the request claims
    ///   wrongly to come from another server
    public RequestHead read(ParsedRequest request, AcceptedChannel channel) {
        var path = PercentEncoding.decodeStrictly(request.path());
        if (path == null || !isLegal(path)) {
            throw new FailureException(Failure.PATH_ILLEGAL);
        }
        var signed = joined(request.headers(), ForwardedRequests.HEADER);
        var client = signed == null ? client(request, channel) : forwarded(request, signed);
        return new RequestHead(
                request.method(),
                path,
                request.path(),
                request.query(),
                request.headers(),
                client.address().getHostAddress(),
                client.isSecure(),
                signed != null);
    }

    private TrustedProxies.Client client(ParsedRequest request, AcceptedChannel channel) {
        return proxies.client(
                channel.remote().getAddress(),
                channel.isSecure(),
                joined(request.headers(), "x-forwarded-for"),
                joined(request.headers(), "x-forwarded-proto"));
    }

    private TrustedProxies.Client forwarded(ParsedRequest request, String signed) {
        var target = ForwardedRequests.target(request.method(), request.path(), request.query());
        var client = forwarded.client(signed, target);
        if (client == null) {
            throw new FailureException(Failure.FORWARDING_REFUSED);
        }
        return client;
    }

    private static @Nullable String joined(Map<String, List<String>> headers, String name) {
        var values = headers.get(name);
        return values == null ? null : String.join(",", values);
    }

    private static boolean isLegal(String path) {
        boolean isLegal = path.indexOf('\0') < 0;
        for (var segment : path.split("/", -1)) {
            isLegal &= !segment.equals("..") && !segment.equals(".");
        }
        return isLegal;
    }
}

package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The security headers of every answer: TLS only (RFC 6797), the rights of a page, and the other
/// origins that may read the answer (CORS, Fetch Standard section 3.2).
///
/// Only the origins on the list may; the page's own origin needs no permission. Thread-safe.
final class BrowserPolicy {
    private static final String YEAR = "max-age=31536000";
    private static final String PREFLIGHT_SECONDS = "600";

    /// The headers that pages of other origins may send, besides those of any form, if a preflight
    /// request names none.
    private static final String REQUEST_HEADERS =
            "Authorization, Content-Type, If-Match, If-None-Match, Range, X-Api-Key, X-Qide-Csrf, "
                    + "X-Qide-Path, anthropic-version, anthropic-beta";

    /// The headers that editors with Open Collaboration Tools send from a page of any origin.
    private static final String OCT_REQUEST_HEADERS =
            "Content-Type, X-Oct-Jwt, X-Oct-Public-Key, X-Oct-Client, X-Oct-Compression";

    /// The headers that they may read.
    private static final String ANSWER_HEADERS =
            "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Location, RateLimit, "
                    + "RateLimit-Policy, Retry-After, WWW-Authenticate, X-Qide-Csrf, request-id, "
                    + "retry-after-ms, x-request-id, x-should-retry";

    private static final int WANTED_HEADERS_CHARS = 4 << 10;

    private static final Pattern HEADER_NAMES =
            Pattern.compile("[A-Za-z0-9_-]++(?:[ \t]*+,[ \t]*+[A-Za-z0-9_-]++)*+");

    private final Origins origins;
    private final @Nullable URI httpsUrl;

    /// @param publicUrl the address that people use, with a slash at its end
    BrowserPolicy(Origins origins, URI publicUrl) {
        this.origins = origins;
        this.httpsUrl = "https".equals(publicUrl.getScheme()) ? publicUrl : null;
    }

    /// The answer with the headers that every answer has.
    ///
    /// @param head null for a request that was refused before its head could be used
    Answer completed(@Nullable RequestHead head, Answer answer) {
        var hardened =
                answer.with("X-Content-Type-Options", "nosniff")
                        .with("Referrer-Policy", "no-referrer")
                        .with(
                                "Permissions-Policy",
                                "camera=(), geolocation=(), microphone=(), payment=()");
        return head == null ? hardened : shared(secured(hardened, head), head);
    }

    /// The answer to a request that a trusted proxy received without TLS though people use TLS: the
    /// same address with TLS. Null for any other request, also for one that comes without a proxy,
    /// such as a health check.
    @Nullable Answer redirect(RequestHead head) {
        boolean isPlain = "http".equalsIgnoreCase(head.header("X-Forwarded-Proto"));
        return httpsUrl == null || head.isSecure() || !isPlain
                ? null
                : HttpsRedirect.to(httpsUrl, head);
    }

    /// The answer to a preflight request; null for any other request.
    ///
    /// @param methods of the endpoint at this path
    @Nullable Answer preflight(RequestHead head, Set<String> methods) {
        boolean isPreflight =
                head.method().equals("OPTIONS")
                        && head.header("Access-Control-Request-Method") != null
                        && (isForAll(head) || origins.isListed(head.header("Origin")));
        return !isPreflight
                ? null
                : Answer.empty(204)
                        .with("Access-Control-Allow-Methods", String.join(", ", methods))
                        .with(
                                "Access-Control-Allow-Headers",
                                isForAll(head) ? OCT_REQUEST_HEADERS : requestHeaders(head))
                        .with("Access-Control-Max-Age", PREFLIGHT_SECONDS);
    }

    /// All headers that the page wants to send: SDKs send several of their own.
    private static String requestHeaders(RequestHead head) {
        var wanted = head.header("Access-Control-Request-Headers");
        return wanted != null
                        && wanted.length() <= WANTED_HEADERS_CHARS
                        && HEADER_NAMES.matcher(wanted).matches()
                ? wanted
                : REQUEST_HEADERS;
    }

    /// Not for `localhost`, whose other ports belong to other programs.
    private static Answer secured(Answer answer, RequestHead head) {
        var host = head.header("Host");
        boolean isLocalhost = host == null || host.startsWith("localhost");
        return head.isSecure() && !isLocalhost
                ? answer.with("Strict-Transport-Security", YEAR)
                : answer;
    }

    /// Whether pages of all origins may send a request: without the login cookie, which such an
    /// answer does not admit.
    private static boolean isForAll(RequestHead head) {
        return head.path().startsWith(OctEndpoints.PREFIX + "api/")
                || OctEndpoints.isConnection(head.path());
    }

    private Answer shared(Answer answer, RequestHead head) {
        if (isForAll(head)) {
            return answer.with("Access-Control-Allow-Origin", "*");
        }
        if (origins.isListEmpty()) {
            return answer;
        }
        var vary = answer.headers().get("Vary");
        var varied = answer.with("Vary", vary == null ? "Origin" : vary + ", Origin");
        var origin = head.header("Origin");
        return origin == null || !origins.isListed(origin)
                ? varied
                : varied.with("Access-Control-Allow-Origin", origin)
                        .with("Access-Control-Allow-Credentials", "true")
                        .with("Access-Control-Expose-Headers", ANSWER_HEADERS);
    }
}

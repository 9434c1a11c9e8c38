package dev.qide.server.api;

import dev.qide.server.limits.Limit;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.limits.RateLimits.Decision;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.time.Duration;

/// The rates of HTTP requests and WebSocket handshakes of an address, a person, and the people of a
/// workspace.
///
/// An answer to a person states the person's rate in the header fields `RateLimit-Policy` and
/// `RateLimit` (IETF draft ratelimit-headers-10, sections 3 and 4); 429 also has `Retry-After`.
/// Thread-safe.
final class RequestRates {
    private final RateLimits rates;

    RequestRates(RateLimits rates) {
        this.rates = rates;
    }

    /// Counts a request of a person.
    Decision admitPerson(HttpEndpoints.Exchange exchange, boolean isCostly) {
        var head = exchange.request().head();
        return rates.take(classOf(head, isCostly), exchange.requiredPrincipal().key());
    }

    /// Counts a request about a workspace.
    Decision admitWorkspace(String workspace) {
        return rates.take(Limit.WORKSPACE_REQUESTS, workspace);
    }

    /// Counts a request without a credential.
    ///
    /// @throws FailureException `TOO_MANY_REQUESTS`
    void admitAddress(RequestHead head) {
        rates.require(Limit.ADDRESS_REQUESTS, head.remoteAddress());
    }

    /// Counts a request without a credential that this server forwards to another one. That server
    /// counts requests with a credential.
    ///
    /// @throws FailureException `TOO_MANY_REQUESTS`
    void admitForwarded(RequestHead head) {
        if (!Credentials.arePresent(head)) {
            admitAddress(head);
        }
    }

    /// Counts a request with a wrong credential: the failure that answers it.
    FailureException unauthenticated(RequestHead head, FailureException failure) {
        var decision = rates.take(Limit.ADDRESS_REQUESTS, head.remoteAddress());
        return decision.isAdmitted() ? failure : decision.failure();
    }

    /// Counts a WebSocket handshake.
    ///
    /// @param key the person, or the address where the login comes later
    /// @throws FailureException `TOO_MANY_REQUESTS`
    void admitHandshake(String key) {
        rates.require(Limit.HANDSHAKES, key);
    }

    /// Counts the refusal of a socket beyond the number that a person may have open.
    ///
    /// @return the failure that answers it
    FailureException socketRefused() {
        rates.refused(Limit.SOCKETS);
        return new FailureException(Failure.TOO_MANY_CONNECTIONS);
    }

    /// The limit of open sockets of one person.
    PerPrincipalLimit sockets() {
        return new PerPrincipalLimit(Math.toIntExact(rates.limits().of(Limit.SOCKETS)));
    }

    /// The answer to a request that is refused.
    static Answer refusal(RequestHead head, Decision decision) {
        var failure = decision.failure();
        var formatted = HttpEndpoints.formatted(head, failure);
        var answer =
                formatted == null
                        ? Answer.json(
                                Failure.TOO_MANY_REQUESTS.httpStatus(),
                                FailureBody.of(failure).toJson())
                        : formatted;
        return withRateLimit(
                answer.with("Retry-After", "" + seconds(decision.retryAfter())), decision);
    }

    /// Adds the header fields of the rate limit that the request counted against.
    static Answer withRateLimit(Answer answer, Decision decision) {
        var name = '"' + decision.limit().wireName() + '"';
        return answer.with(
                        "RateLimit-Policy",
                        name + ";q=" + decision.quota() + ";w=" + decision.window().toSeconds())
                .with(
                        "RateLimit",
                        name + ";r=" + decision.remaining() + ";t=" + seconds(decision.reset()));
    }

    private static Limit classOf(RequestHead head, boolean isCostly) {
        if (head.path().startsWith("/v1/")) {
            return Limit.MODEL_CALLS;
        }
        if (isCostly) {
            return Limit.COSTLY_REQUESTS;
        }
        return head.method().equals("GET") ? Limit.READS : Limit.WRITES;
    }

    /// Rounded up, at least one.
    private static long seconds(Duration duration) {
        return Math.max(1, duration.plusMillis(999).toSeconds());
    }
}

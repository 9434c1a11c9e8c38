package dev.qide.server.api;

import dev.qide.server.api.page.WebClient;
import dev.qide.server.identity.Principal;
import dev.qide.server.session.WorkspaceForwarding;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.telemetry.Trace;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.JsonCompression;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Answers HTTP requests by the table [HttpRoutes].
///
/// Thread-safe.
final class HttpEndpoints implements HttpHandler {
    /// The path that matches when no other row does.
    private static final String PAGES = "/{path…}";

    private static final int METHOD_NOT_ALLOWED = 405;

    private final RequestAuthorization authorization;
    private final WebSocketHandler.Routes sockets;
    private final JsonCompression compression;
    private final RequestRates rates;
    private final BrowserPolicy browsers;
    private final RequestAudit audit;
    private final WorkspaceForwarding forwarding;
    private final Metrics.LabelledHistogram durations;
    private final HttpRequestLog log = new HttpRequestLog();
    private final WebClient webClient;
    private final List<Route> table;

    /// The checks that every request passes.
    ///
    /// @param durations the time until an answer begins, by method and path template
    record Checks(
            RequestAuthorization authorization,
            RequestRates rates,
            BrowserPolicy browsers,
            RequestAudit audit,
            WorkspaceForwarding forwarding,
            Metrics.LabelledHistogram durations) {}

    /// @param webClient the pages of the browser IDE
    /// @param table makes the table with the handler for the pages of the browser IDE
    HttpEndpoints(
            Checks checks,
            WebClient webClient,
            Function<Handler, List<Route>> table,
            JsonCompression compression,
            WebSocketHandler.Routes sockets) {
        this.authorization = checks.authorization();
        this.rates = checks.rates();
        this.browsers = checks.browsers();
        this.audit = checks.audit();
        this.forwarding = checks.forwarding();
        this.durations = checks.durations();
        this.sockets = sockets;
        this.compression = compression;
        this.webClient = webClient;
        this.table = table.apply(page());
    }

    List<Route> table() {
        return table;
    }

    @Override
    public Answer answer(Request request) throws IOException, InterruptedException {
        var head = request.head();
        var redirect = browsers.redirect(head);
        if (redirect != null) {
            return redirect;
        }
        for (var row : table) {
            var variables =
                    row.method().equals(head.method())
                            ? row.pathTemplate().match(head.path())
                            : null;
            if (variables != null) {
                return timed(row, variables, request);
            }
        }
        return refusal(head);
    }

    @Override
    public Answer completed(@Nullable RequestHead head, Answer answer) {
        return browsers.completed(head, answer);
    }

    @Override
    public boolean isMonitoring(RequestHead head) {
        return HealthEndpoints.PATHS.contains(head.path());
    }

    private Answer timed(Route row, Map<String, String> variables, Request request)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try {
            var workspace = row.action().isPublic() ? null : variables.get("ws");
            var answer =
                    forwarding.answer(
                            request,
                            workspace,
                            () -> rates.admitForwarded(request.head()),
                            () -> answer(row, variables, request));
            record(row, answer.status(), null, begun);
            return answer;
        } catch (FailureException failed) {
            var failure = failed.failure();
            record(row, failure.httpStatus(), failure, begun);
            throw failed;
        } finally {
            durations.recordNanos(
                    row.method() + " " + row.pathTemplate().text(), System.nanoTime() - begun);
        }
    }

    private void record(Route row, int status, @Nullable Failure failure, long begun) {
        long nanos = System.nanoTime() - begun;
        var answered = new HttpRequestLog.Answered(row, status, failure, nanos);
        log.answered(answered);
        HttpRequestLog.trace(answered, begun);
    }

    /// Answers within the rates, and records what the audit log wants; a failure of the model APIs
    /// and of Open Collaboration Tools has the shape that their clients expect.
    private Answer answer(Route row, Map<String, String> variables, Request request)
            throws IOException, InterruptedException {
        var head = request.head();
        var template = row.pathTemplate().text();
        Principal principal = null;
        try {
            principal = identified(row, head);
            if (principal == null) {
                return answer(row, new Exchange(request, variables, null));
            }
            Trace.setPrincipal(principal.id().value().toString());
            var answer = rated(row, new Exchange(request, variables, principal));
            audit.answered(head, template, variables, principal, answer);
            return answer;
        } catch (FailureException failed) {
            var failure =
                    failed.failure() == Failure.UNAUTHENTICATED
                            ? rates.unauthenticated(head, failed)
                            : failed;
            if (principal != null) {
                audit.failed(head, template, variables, principal, failure.failure());
            }
            return failed(head, failure);
        }
    }

    /// @throws FailureException the failure itself, if it needs no other format
    private static Answer failed(RequestHead head, FailureException failure) {
        var formatted = formatted(head, failure);
        if (formatted == null) {
            throw failure;
        }
        return formatted;
    }

    /// The failure in the format of the model APIs or of Open Collaboration Tools; null for other
    /// paths.
    static @Nullable Answer formatted(RequestHead head, FailureException failure) {
        if (OctEndpoints.isBelow(head.path())) {
            return OctEndpoints.failed(failure);
        }
        return head.path().startsWith("/v1/") ? ModelEndpoints.failed(head, failure) : null;
    }

    /// Counts the request for the person before it is authorized, so that refused requests count,
    /// and for the workspace after that, so that strangers do not use up its rate.
    private Answer rated(Route row, Exchange exchange) throws IOException, InterruptedException {
        var head = exchange.request.head();
        var own = rates.admitPerson(exchange, row.limit() != null);
        if (!own.isAdmitted()) {
            return RequestRates.refusal(head, own);
        }
        requireAdmission(row, exchange);
        var workspace = exchange.variables.get("ws");
        var shared = workspace == null ? own : rates.admitWorkspace(workspace);
        return shared.isAdmitted()
                ? RequestRates.withRateLimit(answer(row, exchange), own)
                : RequestRates.refusal(head, shared);
    }

    private Answer answer(Route row, Exchange exchange) throws IOException, InterruptedException {
        Handler handler = it -> coded(row, it, row.handler().answer(it));
        return row.limit() == null
                ? handler.answer(exchange)
                : PerPersonConcurrency.answer(
                        row.limit(), exchange.requiredPrincipal().key(), exchange, handler);
    }

    private Answer coded(Route row, Exchange exchange, Answer answer) throws InterruptedException {
        return row.isCompressed() ? compression.apply(exchange.request().head(), answer) : answer;
    }

    /// The person of the credential; null where none is needed.
    private @Nullable Principal identified(Route row, RequestHead head) {
        if (authorization.isOpen(row.action(), head)) {
            if (isCounted(head.path())) {
                rates.admitAddress(head);
            }
            return null;
        }
        return authorization.identified(head);
    }

    /// Whether strangers may use a path only within the rate of their address.
    private static boolean isCounted(String path) {
        return path.startsWith("/api/")
                || path.startsWith("/auth")
                || path.startsWith("/status")
                || (OctEndpoints.isBelow(path) && !OctEndpoints.isConnection(path));
    }

    private void requireAdmission(Route row, Exchange exchange) {
        var principal = exchange.requiredPrincipal();
        Credentials.requireCsrfToken(exchange.request.head());
        authorization.require(principal, row.action(), exchange.variables);
        exchange.request.disconnectSignal().setMemoryOwner(principal.key());
    }

    /// Answers when no row matches: OPTIONS, a WebSocket endpoint without a handshake, another
    /// method of an endpoint, an unknown path.
    private Answer refusal(RequestHead head) {
        var methods = methods(head.path());
        if (methods.isEmpty()) {
            return failed(head, notFound("no-such-endpoint"));
        }
        var allow = String.join(", ", methods);
        if (head.method().equals("OPTIONS")) {
            var preflight = browsers.preflight(head, methods);
            return (preflight == null ? Answer.empty(204) : preflight).with("Allow", allow);
        }
        if (head.method().equals("GET") && sockets.at(head.path()) != null) {
            return json(426, notFound("websocket-handshake-needed"))
                    .with("Upgrade", "websocket")
                    .with("Sec-WebSocket-Version", "13");
        }
        return otherMethod(head).with("Allow", allow);
    }

    private static Answer otherMethod(RequestHead head) {
        var failure = notFound("other-method");
        var formatted = formatted(head, failure);
        return formatted == null
                ? json(METHOD_NOT_ALLOWED, failure)
                : new Answer(METHOD_NOT_ALLOWED, formatted.headers(), formatted.content());
    }

    private static FailureException notFound(String reason) {
        return new FailureException(Failure.METHOD_NOT_FOUND, Map.of("reason", reason));
    }

    private static Answer json(int status, FailureException failure) {
        return Answer.json(status, FailureBody.of(failure).toJson());
    }

    /// The methods of the endpoint at a path, sorted; empty when there is none. HEAD is answered
    /// wherever GET is, and OPTIONS everywhere.
    private Set<String> methods(String path) {
        var methods =
                table.stream()
                        .filter(row -> !row.pathTemplate().text().equals(PAGES))
                        .filter(row -> row.pathTemplate().match(path) != null)
                        .map(Route::method)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (sockets.at(path) != null || webClient.has(path.substring(1))) {
            methods.add("GET");
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        if (!methods.isEmpty()) {
            methods.add("OPTIONS");
        }
        return methods;
    }

    /// A page or asset of the browser IDE; a path with only other methods gets 405 rather than 404.
    private Handler page() {
        return exchange -> {
            var answer = webClient.answer(exchange.variable("path"), exchange.request().head());
            if (answer != null) {
                return answer;
            }
            var head = exchange.request().head();
            var page = methods(head.path()).isEmpty() ? PageLinks.notFound(head) : null;
            return page == null ? refusal(head) : page;
        };
    }

    @FunctionalInterface
    interface Handler {
        Answer answer(Exchange exchange) throws IOException, InterruptedException;
    }

    /// One admitted request.
    ///
    /// @param principal the caller; null at endpoints without a login
    record Exchange(Request request, Map<String, String> variables, @Nullable Principal principal) {
        String variable(String name) {
            return variables.getOrDefault(name, "");
        }

        /// The body, as JSON of this type.
        ///
        /// @throws FailureException `MESSAGE_TOO_LARGE`, and as [WireJson#read]
        <T extends Record> T body(int maxBytes, Class<T> type) throws IOException {
            var json = new String(request.bodyBytes(maxBytes), StandardCharsets.UTF_8);
            return WireJson.read(json, type);
        }

        /// The id in a variable of the path.
        ///
        /// @param unknown the failure when it is none
        UUID id(String name, Failure unknown) {
            try {
                return UUID.fromString(variable(name));
            } catch (IllegalArgumentException none) {
                throw new FailureException(unknown, Map.of(), none);
            }
        }

        /// @throws FailureException `UNAUTHENTICATED` without a principal
        Principal requiredPrincipal() {
            if (principal == null) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return principal;
        }
    }
}

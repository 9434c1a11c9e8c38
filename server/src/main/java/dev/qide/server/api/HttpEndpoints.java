package dev.qide.server.api;

import dev.qide.server.api.Credentials.FromQuery;
import dev.qide.server.api.http.PathTemplate;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Principal;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.JsonCompression;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The HTTP endpoints: one table, matched from top to bottom, with the access rule of each method
/// and path. Unknown paths are answered with 404, unknown methods with 405.
///
/// Thread-safe.
final class HttpEndpoints implements HttpHandler {
    /// The path that matches when no other row does.
    private static final String PAGES = "/{path…}";

    private static final String TRUST = "/api/workspaces/{ws}/trust";
    private static final String SHARES = "/api/workspaces/{ws}/shares";
    private static final String SETTING = "/api/me/settings/{name…}";
    private static final String TOKENS = "/api/me/tokens";
    private static final String SESSIONS = "/api/me/sessions";

    /// The maximum number of concurrent requests per person at the model APIs.
    private static final int MODEL_CALLS_AT_ONCE = 64;

    private final Credentials credentials;
    private final LocalPeers local;
    private final WebSocketHandler.Routes sockets;
    private final WorkspaceAccess access;
    private final JsonCompression compression;
    private final RequestRates rates;
    private final BrowserPolicy browsers;
    private final RequestAudit audit;
    private final WebClient webClient = new WebClient();
    private final List<Row> table;

    HttpEndpoints(
            Credentials credentials,
            LocalPeers local,
            HealthEndpoints health,
            LoginEndpoints login,
            PersonEndpoints people,
            AuthEndpoints auth,
            Api.WorkspaceResources workspaceResources,
            JsonCompression compression,
            RequestRates rates,
            BrowserPolicy browsers,
            RequestAudit audit,
            ModelEndpoints models,
            WebSocketHandler.Routes sockets) {
        this.rates = rates;
        this.browsers = browsers;
        this.audit = audit;
        var workspaces = workspaceResources.workspaces();
        var files = workspaceResources.files();
        var tree = workspaceResources.tree();
        var zip = workspaceResources.zip();
        var search = workspaceResources.search();
        var shares = workspaceResources.shares();
        var account = people.account();
        var events = people.audit();
        this.sockets = sockets;
        this.compression = compression;
        this.access = workspaceResources.access();
        this.credentials = credentials;
        this.local = local;
        // One slot of each kind is always left for other people.
        var searches = new PerPrincipalLimit(TextSearch.SEARCHES_AT_ONCE - 1);
        var exports = new PerPrincipalLimit(ZipExport.EXPORTS_AT_ONCE - 1);
        var imports = new PerPrincipalLimit(ZipImport.IMPORTS_AT_ONCE - 1);
        var modelCalls = new PerPrincipalLimit(MODEL_CALLS_AT_ONCE);
        this.table =
                List.of(
                        row("GET", "/health", AccessRule.ANYONE, health::health),
                        row("GET", "/ready", AccessRule.ANYONE, health::ready),
                        row("GET", "/metrics", AccessRule.OBSERVER, health::metrics),
                        row("POST", "/api/login", AccessRule.ANYONE, login::login),
                        row("GET", "/api/login", AccessRule.ANYONE, auth::options),
                        row("GET", "/auth", AccessRule.ANYONE, auth::choice),
                        row("GET", "/auth/{id}", AccessRule.ANYONE, auth::begin),
                        row("GET", "/auth/{id}/callback", AccessRule.ANYONE, auth::end),
                        row("POST", "/api/accounts", AccessRule.PRINCIPAL, auth::link),
                        row("POST", "/api/logout", AccessRule.ANYONE, login::logout),
                        row("GET", "/api/me", AccessRule.PRINCIPAL, people::me),
                        row("PATCH", "/api/me", AccessRule.READER, people::rename),
                        row("DELETE", "/api/me", AccessRule.PRINCIPAL, account::delete),
                        row("GET", "/api/me/export", AccessRule.PRINCIPAL, account::export),
                        row("GET", "/api/accounts", AccessRule.PRINCIPAL, account::accounts),
                        row("GET", "/api/audit", AccessRule.ADMINISTRATOR, events::find),
                        row("GET", "/api/me/settings", AccessRule.READER, people::settings)
                                .compressed(),
                        row("GET", SETTING, AccessRule.READER, people::setting),
                        row("PUT", SETTING, AccessRule.READER, people::store),
                        row("DELETE", SETTING, AccessRule.READER, people::delete),
                        row("GET", TOKENS, AccessRule.PRINCIPAL, account::tokens),
                        row("POST", TOKENS, AccessRule.PRINCIPAL, account::createToken),
                        row("DELETE", TOKENS + "/{id}", AccessRule.PRINCIPAL, account::revokeToken),
                        row("GET", SESSIONS, AccessRule.PRINCIPAL, account::sessions),
                        row(
                                "DELETE",
                                SESSIONS + "/{id}",
                                AccessRule.PRINCIPAL,
                                account::revokeSession),
                        row("POST", "/api/ticket", AccessRule.PRINCIPAL, login::ticket),
                        row("GET", "/api/workspaces", AccessRule.READER, workspaces::list)
                                .compressed(),
                        row("POST", "/api/workspaces", AccessRule.OWNER, workspaces::create)
                                .limitedBy(imports),
                        row("GET", "/api/templates", AccessRule.READER, workspaces::templates)
                                .compressed(),
                        row("DELETE", "/api/workspaces/{ws}", AccessRule.OWNER, workspaces::delete),
                        row("PUT", TRUST, AccessRule.ADMINISTRATOR, workspaces::giveTrust),
                        row("DELETE", TRUST, AccessRule.ADMINISTRATOR, workspaces::withdrawTrust),
                        row("GET", SHARES, AccessRule.OWNER, shares::list),
                        row("POST", SHARES, AccessRule.OWNER, shares::create),
                        row("DELETE", SHARES + "/{id}", AccessRule.OWNER, shares::revoke),
                        row("GET", "/api/workspaces/{ws}/files", AccessRule.READER, files::list)
                                .compressed(),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/files/{path…}",
                                AccessRule.READER,
                                files::read),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/external",
                                AccessRule.READER,
                                files::external),
                        row("GET", "/api/workspaces/{ws}/style", AccessRule.READER, files::style),
                        row(
                                "PUT",
                                "/api/workspaces/{ws}/files/{path…}",
                                AccessRule.EDITOR,
                                files::write),
                        row(
                                "DELETE",
                                "/api/workspaces/{ws}/files/{path…}",
                                AccessRule.EDITOR,
                                tree::delete),
                        row(
                                "POST",
                                "/api/workspaces/{ws}/files/{path…}",
                                AccessRule.EDITOR,
                                tree::change),
                        row("GET", "/api/workspaces/{ws}/zip", AccessRule.READER, zip::download)
                                .limitedBy(exports),
                        row("POST", "/api/workspaces/{ws}/zip", AccessRule.EDITOR, zip::merge)
                                .limitedBy(imports),
                        row("GET", "/api/workspaces/{ws}/search", AccessRule.READER, search::find)
                                .limitedBy(searches)
                                .compressed(),
                        row("GET", "/api/workspaces/{ws}/paths", AccessRule.READER, search::paths)
                                .compressed(),
                        row("GET", "/w/{ws}", AccessRule.ANYONE, PageLinks::redirect),
                        row("GET", "/w/{ws}/{path…}", AccessRule.ANYONE, PageLinks::redirect),
                        row("GET", "/api/usage", AccessRule.MODEL_USER, models::usage),
                        row("GET", "/v1/models", AccessRule.MODEL_USER, models::list),
                        row("GET", "/v1/models/{model}", AccessRule.MODEL_USER, models::one),
                        row("POST", "/v1/chat/completions", AccessRule.MODEL_USER, models::chat)
                                .limitedBy(modelCalls),
                        row("POST", "/v1/completions", AccessRule.MODEL_USER, models::legacy)
                                .limitedBy(modelCalls),
                        row("POST", "/v1/messages", AccessRule.MODEL_USER, models::messages)
                                .limitedBy(modelCalls),
                        row(
                                        "POST",
                                        "/v1/messages/count_tokens",
                                        AccessRule.MODEL_USER,
                                        models::countTokens)
                                .limitedBy(modelCalls),
                        row("GET", PAGES, AccessRule.ANYONE, page()));
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
                    row.method.equals(head.method()) ? row.pathTemplate.match(head.path()) : null;
            if (variables != null) {
                return answer(row, variables, request);
            }
        }
        return refusal(head);
    }

    @Override
    public Answer completed(@Nullable RequestHead head, Answer answer) {
        return browsers.completed(head, answer);
    }

    /// Answers within the rates, and records what the audit log wants; a failure of the model APIs
    /// has the shape that their clients expect.
    private Answer answer(Row row, Map<String, String> variables, Request request)
            throws IOException, InterruptedException {
        var head = request.head();
        var template = row.pathTemplate.text();
        Principal principal = null;
        try {
            principal = identified(row, head);
            if (principal == null) {
                return answer(row, new Exchange(request, variables, null));
            }
            requireAdmission(row, request, variables, principal);
            var answer = rated(row, new Exchange(request, variables, principal));
            audit.answered(head, template, variables, principal, answer.status());
            return answer;
        } catch (FailureException failed) {
            var failure =
                    failed.failure() == Failure.UNAUTHENTICATED
                            ? rates.unauthenticated(head, failed)
                            : failed;
            if (principal != null) {
                audit.failed(head, template, variables, principal, failure.failure());
            }
            if (!head.path().startsWith("/v1/")) {
                throw failure;
            }
            return ModelEndpoints.failed(head, failure);
        }
    }

    private Answer rated(Row row, Exchange exchange) throws IOException, InterruptedException {
        var workspace = exchange.variables.get("ws");
        var rate = rates.admit(exchange, row.limit != null, workspace);
        return rate.isAdmitted()
                ? RequestRates.stated(answer(row, exchange), rate)
                : RequestRates.refusal(exchange.request.head(), rate);
    }

    private Answer answer(Row row, Exchange exchange) throws IOException, InterruptedException {
        Handler handler = it -> coded(row, it, row.handler.answer(it));
        return row.limit == null
                ? handler.answer(exchange)
                : PersonSlots.answer(
                        row.limit, key(exchange.requiredPrincipal()), exchange, handler);
    }

    private Answer coded(Row row, Exchange exchange, Answer answer) throws InterruptedException {
        return row.isCompressed ? compression.apply(exchange.request().head(), answer) : answer;
    }

    private static String key(Principal principal) {
        return principal.id().value().toString();
    }

    /// The person of the credential; null where none is needed.
    private @Nullable Principal identified(Row row, RequestHead head) {
        var accessRule = row.accessRule;
        if (accessRule == AccessRule.ANYONE
                || (accessRule == AccessRule.OBSERVER && local.isLocal(head))) {
            if (head.path().startsWith("/api/") || head.path().startsWith("/auth")) {
                rates.admitAddress(head);
            }
            return null;
        }
        return credentials.required(head, FromQuery.NOTHING);
    }

    private void requireAdmission(
            Row row, Request request, Map<String, String> variables, Principal principal) {
        Credentials.requireCsrfToken(request.head());
        if (!row.accessRule.admits(principal)) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        var workspace = variables.get("ws");
        if (workspace != null && !principal.isUnrestricted()) {
            var _ = access.named(principal, workspace);
        }
        request.disconnectSignal().setMemoryOwner(key(principal));
    }

    /// Answers when no row matches: OPTIONS, a WebSocket endpoint without a handshake, another
    /// method of an endpoint, an unknown path.
    private Answer refusal(RequestHead head) {
        var methods = methods(head.path());
        if (methods.isEmpty()) {
            throw new FailureException(
                    Failure.METHOD_NOT_FOUND, Map.of("reason", "no-such-endpoint"));
        }
        var allow = String.join(", ", methods);
        if (head.method().equals("OPTIONS")) {
            var preflight = browsers.preflight(head, methods);
            return (preflight == null ? Answer.empty(204) : preflight).with("Allow", allow);
        }
        if (head.method().equals("GET") && sockets.at(head.path()) != null) {
            return refusal(426, "websocket-handshake-needed")
                    .with("Upgrade", "websocket")
                    .with("Sec-WebSocket-Version", "13");
        }
        return refusal(405, "other-method").with("Allow", allow);
    }

    private static Answer refusal(int status, String reason) {
        var failure = new FailureException(Failure.METHOD_NOT_FOUND, Map.of("reason", reason));
        return Answer.json(status, FailureBody.of(failure).toJson());
    }

    /// The methods of the endpoint at a path, sorted; empty when there is none. HEAD is answered
    /// wherever GET is, and OPTIONS everywhere.
    private Set<String> methods(String path) {
        var methods =
                table.stream()
                        .filter(row -> !row.pathTemplate.text().equals(PAGES))
                        .filter(row -> row.pathTemplate.match(path) != null)
                        .map(row -> row.method)
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

    private static Row row(String method, String pattern, AccessRule accessRule, Handler handler) {
        return new Row(method, PathTemplate.of(pattern), accessRule, null, false, handler);
    }

    /// @param limit the maximum number of concurrent requests per person; null for no limit
    /// @param isCompressed whether to compress JSON for clients that accept gzip; only allowed
    ///   where the answer contains no secret
    private record Row(
            String method,
            PathTemplate pathTemplate,
            AccessRule accessRule,
            @Nullable PerPrincipalLimit limit,
            boolean isCompressed,
            Handler handler) {
        Row limitedBy(PerPrincipalLimit newLimit) {
            return new Row(method, pathTemplate, accessRule, newLimit, isCompressed, handler);
        }

        Row compressed() {
            return new Row(method, pathTemplate, accessRule, limit, true, handler);
        }
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

        /// @throws FailureException `UNAUTHENTICATED` without a principal
        Principal requiredPrincipal() {
            if (principal == null) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return principal;
        }
    }
}

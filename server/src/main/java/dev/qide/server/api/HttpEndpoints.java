package dev.qide.server.api;

import dev.qide.server.api.Credentials.FromQuery;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Principal;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.RequestHead;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The HTTP endpoints: one table, read from top to bottom, that says for every method and path who
/// may pass. What is not in the table is answered 404, a known path with another method 405.
///
/// Thread-safe.
final class HttpEndpoints implements HttpHandler {
    private final Credentials credentials;
    private final LocalPeers local;
    private final List<Row> table;

    HttpEndpoints(
            Credentials credentials,
            LocalPeers local,
            HealthEndpoints health,
            LoginEndpoints login,
            Api.OfWorkspaces ofWorkspaces) {
        var themselves = ofWorkspaces.themselves();
        var workspaces = ofWorkspaces.files();
        var tree = ofWorkspaces.tree();
        var zip = ofWorkspaces.zip();
        var search = ofWorkspaces.search();
        var webClient = new WebClient();
        this.credentials = credentials;
        this.local = local;
        // One place of each kind is always left to others.
        var searches = new PerPrincipalLimit(TextSearch.SEARCHES_AT_ONCE - 1);
        var exports = new PerPrincipalLimit(ZipExport.EXPORTS_AT_ONCE - 1);
        var imports = new PerPrincipalLimit(ZipImport.IMPORTS_AT_ONCE - 1);
        this.table =
                List.of(
                        row("GET", "/health", AccessRule.ANYONE, health::health),
                        row("GET", "/ready", AccessRule.ANYONE, health::ready),
                        row("GET", "/metrics", AccessRule.OBSERVER, health::metrics),
                        row("POST", "/api/login", AccessRule.ANYONE, login::login),
                        row("POST", "/api/logout", AccessRule.ANYONE, login::logout),
                        row("GET", "/api/me", AccessRule.PRINCIPAL, login::me),
                        row("POST", "/api/ticket", AccessRule.PRINCIPAL, login::ticket),
                        row("GET", "/api/workspaces", AccessRule.READER, themselves::list),
                        row("POST", "/api/workspaces", AccessRule.OWNER, themselves::make)
                                .sharing(imports),
                        row("GET", "/api/templates", AccessRule.READER, themselves::templates),
                        row("DELETE", "/api/workspaces/{ws}", AccessRule.OWNER, themselves::delete),
                        row(
                                "PUT",
                                "/api/workspaces/{ws}/trust",
                                AccessRule.ADMINISTRATOR,
                                themselves::giveTrust),
                        row(
                                "DELETE",
                                "/api/workspaces/{ws}/trust",
                                AccessRule.ADMINISTRATOR,
                                themselves::withdrawTrust),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/files",
                                AccessRule.READER,
                                workspaces::files),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/files/{path…}",
                                AccessRule.READER,
                                workspaces::read),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/external",
                                AccessRule.READER,
                                workspaces::external),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/style",
                                AccessRule.READER,
                                workspaces::style),
                        row(
                                "PUT",
                                "/api/workspaces/{ws}/files/{path…}",
                                AccessRule.EDITOR,
                                workspaces::write),
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
                                .sharing(exports),
                        row("POST", "/api/workspaces/{ws}/zip", AccessRule.EDITOR, zip::merge)
                                .sharing(imports),
                        row("GET", "/api/workspaces/{ws}/search", AccessRule.READER, search::find)
                                .sharing(searches),
                        row("GET", "/{path…}", AccessRule.ANYONE, page(webClient)));
    }

    @Override
    public Answer answer(Request request) throws IOException, InterruptedException {
        var head = request.head();
        var method = head.method().equals("HEAD") ? "GET" : head.method();
        for (var row : table) {
            var variables = row.method.equals(method) ? row.pathTemplate.match(head.path()) : null;
            if (variables != null) {
                return hardened(
                        answer(row, new Exchange(request, variables, admitted(row, request))));
            }
        }
        return refusal(head);
    }

    /// A person who holds as many places of a row as one may is refused. A place is held until the
    /// endpoint has answered, and with an answer that is made while it is sent until it is sent.
    private static Answer answer(Row row, Exchange exchange)
            throws IOException, InterruptedException {
        var places = row.places;
        if (places == null) {
            return row.handler.answer(exchange);
        }
        var place = places.take(key(exchange.someone()));
        if (place == null) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS,
                    Map.of("reason", "at-once", "limit", "" + places.atOnce()));
        }
        boolean isHeld = false;
        try {
            var answer = row.handler.answer(exchange);
            isHeld = answer.content() instanceof Content.Stream;
            return answer.content() instanceof Content.Stream(var mediaType, var writer)
                    ? answer.with(new Content.Stream(mediaType, new Holding(writer, place)))
                    : answer;
        } finally {
            if (!isHeld) {
                place.close();
            }
        }
    }

    /// Gives a place back when all is written, or nothing more will be.
    private record Holding(Writer writer, PerPrincipalLimit.Place place) implements Writer {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            writer.writeTo(out);
        }

        @Override
        public void close() throws IOException {
            place.close();
            writer.close();
        }
    }

    private static String key(Principal principal) {
        return principal.id().value().toString();
    }

    private @Nullable Principal admitted(Row row, Request request) {
        var head = request.head();
        var accessRule = row.accessRule;
        if (accessRule == AccessRule.ANYONE
                || (accessRule == AccessRule.OBSERVER && local.isOne(head))) {
            return null;
        }
        var principal = credentials.required(head, FromQuery.NOTHING);
        if (!accessRule.admits(principal)) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        request.disconnectSignal().knownAs(key(principal));
        return principal;
    }

    private Answer refusal(RequestHead head) {
        var methods =
                table.stream()
                        .filter(row -> !row.pathTemplate.text().equals("/{path…}"))
                        .filter(row -> row.pathTemplate.match(head.path()) != null)
                        .map(row -> row.method)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (methods.isEmpty()) {
            throw new FailureException(Failure.METHOD_NOT_FOUND, Map.of("reason", "no-such-door"));
        }
        var body =
                FailureBody.of(
                        new FailureException(
                                Failure.METHOD_NOT_FOUND, Map.of("reason", "other-method")));
        return hardened(Answer.json(405, body.toJson()).with("Allow", String.join(", ", methods)));
    }

    private static Answer hardened(Answer answer) {
        return answer.with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer");
    }

    /// A page or asset; an endpoint that only other methods open is not taken for a missing page.
    private Handler page(WebClient webClient) {
        return exchange -> {
            var answer = webClient.answer(exchange.variable("path"));
            return answer == null ? refusal(exchange.request().head()) : answer;
        };
    }

    private static Row row(String method, String pattern, AccessRule accessRule, Handler handler) {
        return new Row(method, PathTemplate.of(pattern), accessRule, null, handler);
    }

    /// @param places of which one person may hold only some
    private record Row(
            String method,
            PathTemplate pathTemplate,
            AccessRule accessRule,
            @Nullable PerPrincipalLimit places,
            Handler handler) {
        Row sharing(PerPrincipalLimit itsPlaces) {
            return new Row(method, pathTemplate, accessRule, itsPlaces, handler);
        }
    }

    @FunctionalInterface
    interface Handler {
        Answer answer(Exchange exchange) throws IOException, InterruptedException;
    }

    /// One admitted request.
    ///
    /// @param principal who it is; null at endpoints that ask nobody
    record Exchange(Request request, Map<String, String> variables, @Nullable Principal principal) {
        String variable(String name) {
            return variables.getOrDefault(name, "");
        }

        Principal someone() {
            if (principal == null) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return principal;
        }
    }
}

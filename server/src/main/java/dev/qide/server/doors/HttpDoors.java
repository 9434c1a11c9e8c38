package dev.qide.server.doors;

import dev.qide.server.doors.Credentials.FromQuery;
import dev.qide.server.identity.Person;
import dev.qide.server.socket.Handshake;
import dev.qide.server.socket.HttpDoor;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The HTTP doors: one table, read from top to bottom, that says for every method and path who may
/// pass. What is not in the table is answered 404, a known path with another method 405.
///
/// Thread-safe.
final class HttpDoors implements HttpDoor {
    private final Credentials credentials;
    private final List<Row> table;

    HttpDoors(
            Credentials credentials,
            WebClient webClient,
            HealthDoors health,
            LoginDoors login,
            Doors.OfWorkspaces ofWorkspaces) {
        var themselves = ofWorkspaces.themselves();
        var workspaces = ofWorkspaces.files();
        var tree = ofWorkspaces.tree();
        var zip = ofWorkspaces.zip();
        var search = ofWorkspaces.search();
        this.credentials = credentials;
        this.table =
                List.of(
                        row("GET", "/health", Who.ANYONE, health::health),
                        row("GET", "/ready", Who.ANYONE, health::ready),
                        row("GET", "/metrics", Who.OBSERVER, health::metrics),
                        row("POST", "/api/login", Who.ANYONE, login::login),
                        row("POST", "/api/logout", Who.ANYONE, login::logout),
                        row("GET", "/api/me", Who.PERSON, login::me),
                        row("POST", "/api/ticket", Who.PERSON, login::ticket),
                        row("GET", "/api/workspaces", Who.READER, themselves::list),
                        row("POST", "/api/workspaces", Who.OWNER, themselves::make),
                        row("GET", "/api/templates", Who.READER, themselves::templates),
                        row("DELETE", "/api/workspaces/{ws}", Who.OWNER, themselves::delete),
                        row(
                                "PUT",
                                "/api/workspaces/{ws}/trust",
                                Who.ADMINISTRATOR,
                                themselves::giveTrust),
                        row(
                                "DELETE",
                                "/api/workspaces/{ws}/trust",
                                Who.ADMINISTRATOR,
                                themselves::withdrawTrust),
                        row("GET", "/api/workspaces/{ws}/files", Who.READER, workspaces::files),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/files/{path…}",
                                Who.READER,
                                workspaces::read),
                        row(
                                "GET",
                                "/api/workspaces/{ws}/external",
                                Who.READER,
                                workspaces::external),
                        row(
                                "PUT",
                                "/api/workspaces/{ws}/files/{path…}",
                                Who.EDITOR,
                                workspaces::write),
                        row(
                                "DELETE",
                                "/api/workspaces/{ws}/files/{path…}",
                                Who.EDITOR,
                                tree::delete),
                        row("POST", "/api/workspaces/{ws}/files/{path…}", Who.EDITOR, tree::change),
                        row("GET", "/api/workspaces/{ws}/zip", Who.READER, zip::download),
                        row("POST", "/api/workspaces/{ws}/zip", Who.EDITOR, zip::merge),
                        row("GET", "/api/workspaces/{ws}/search", Who.READER, search::find),
                        row("GET", "/{path…}", Who.ANYONE, page(webClient)));
    }

    @Override
    public Answer answer(Request request) throws IOException, InterruptedException {
        var head = request.head();
        var method = head.method().equals("HEAD") ? "GET" : head.method();
        for (var row : table) {
            var variables = row.method.equals(method) ? row.pattern.match(head.path()) : null;
            if (variables != null) {
                return hardened(
                        row.handler.answer(new Visit(request, variables, admitted(row.who, head))));
            }
        }
        return refusal(head);
    }

    private @Nullable Person admitted(Who who, Handshake head) {
        if (who == Who.ANYONE || (who == Who.OBSERVER && isDirectNeighbour(head))) {
            return null;
        }
        var person = credentials.required(head, FromQuery.NOTHING);
        if (!who.admits(person)) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        return person;
    }

    private Answer refusal(Handshake head) {
        var methods =
                table.stream()
                        .filter(row -> !row.pattern.text().equals("/{path…}"))
                        .filter(row -> row.pattern.match(head.path()) != null)
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

    /// A page or asset; a door that only other methods open is not taken for a missing page.
    private Handler page(WebClient webClient) {
        return visit -> {
            var answer = webClient.answer(visit.variable("path"));
            return answer == null ? refusal(visit.request().head()) : answer;
        };
    }

    /// Whether the direct peer is on this machine and speaks for itself, not for somebody behind a
    /// proxy.
    static boolean isDirectNeighbour(Handshake head) {
        var address = head.remoteAddress();
        boolean isLoopback =
                address.startsWith("127.")
                        || address.equals("::1")
                        || address.equals("0:0:0:0:0:0:0:1");
        return isLoopback
                && head.header("Forwarded") == null
                && head.header("X-Forwarded-For") == null
                && head.header("X-Real-IP") == null
                && head.header("Via") == null;
    }

    private static Row row(String method, String pattern, Who who, Handler handler) {
        return new Row(method, Pattern.of(pattern), who, handler);
    }

    private record Row(String method, Pattern pattern, Who who, Handler handler) {}

    @FunctionalInterface
    interface Handler {
        Answer answer(Visit visit) throws IOException, InterruptedException;
    }

    /// One admitted request.
    ///
    /// @param person who it is; null at doors that ask nobody
    record Visit(Request request, Map<String, String> variables, @Nullable Person person) {
        String variable(String name) {
            return variables.getOrDefault(name, "");
        }

        Person someone() {
            if (person == null) {
                throw new FailureException(Failure.UNAUTHENTICATED);
            }
            return person;
        }
    }
}

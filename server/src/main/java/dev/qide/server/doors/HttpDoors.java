package dev.qide.server.doors;

import dev.qide.server.doors.Credentials.FromQuery;
import dev.qide.server.files.TextSearch;
import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Person;
import dev.qide.server.limits.PerPerson;
import dev.qide.server.socket.Handshake;
import dev.qide.server.socket.HttpDoor;
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

/// The HTTP doors: one table, read from top to bottom, that says for every method and path who may
/// pass. What is not in the table is answered 404, a known path with another method 405.
///
/// Thread-safe.
final class HttpDoors implements HttpDoor {
    private final Credentials credentials;
    private final LocalPeers local;
    private final List<Row> table;

    HttpDoors(
            Credentials credentials,
            LocalPeers local,
            HealthDoors health,
            LoginDoors login,
            Doors.OfWorkspaces ofWorkspaces) {
        var themselves = ofWorkspaces.themselves();
        var workspaces = ofWorkspaces.files();
        var tree = ofWorkspaces.tree();
        var zip = ofWorkspaces.zip();
        var search = ofWorkspaces.search();
        var webClient = new WebClient();
        this.credentials = credentials;
        this.local = local;
        // One place of each kind is always left to others.
        var searches = new PerPerson(TextSearch.SEARCHES_AT_ONCE - 1);
        var exports = new PerPerson(ZipExport.EXPORTS_AT_ONCE - 1);
        var imports = new PerPerson(ZipImport.IMPORTS_AT_ONCE - 1);
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
                        row("POST", "/api/workspaces", Who.OWNER, themselves::make)
                                .sharing(imports),
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
                        row("GET", "/api/workspaces/{ws}/zip", Who.READER, zip::download)
                                .sharing(exports),
                        row("POST", "/api/workspaces/{ws}/zip", Who.EDITOR, zip::merge)
                                .sharing(imports),
                        row("GET", "/api/workspaces/{ws}/search", Who.READER, search::find)
                                .sharing(searches),
                        row("GET", "/{path…}", Who.ANYONE, page(webClient)));
    }

    @Override
    public Answer answer(Request request) throws IOException, InterruptedException {
        var head = request.head();
        var method = head.method().equals("HEAD") ? "GET" : head.method();
        for (var row : table) {
            var variables = row.method.equals(method) ? row.pattern.match(head.path()) : null;
            if (variables != null) {
                return hardened(answer(row, new Visit(request, variables, admitted(row, request))));
            }
        }
        return refusal(head);
    }

    /// A person who holds as many places of a row as one may is refused. A place is held until the
    /// door has answered, and with an answer that is made while it is sent until it is sent.
    private static Answer answer(Row row, Visit visit) throws IOException, InterruptedException {
        var places = row.places;
        if (places == null) {
            return row.handler.answer(visit);
        }
        var place = places.take(key(visit.someone()));
        if (place == null) {
            throw new FailureException(
                    Failure.TOO_MANY_REQUESTS,
                    Map.of("reason", "at-once", "limit", "" + places.atOnce()));
        }
        boolean isHeld = false;
        try {
            var answer = row.handler.answer(visit);
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
    private record Holding(Writer writer, PerPerson.Place place) implements Writer {
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

    private static String key(Person person) {
        return person.id().value().toString();
    }

    private @Nullable Person admitted(Row row, Request request) {
        var head = request.head();
        var who = row.who;
        if (who == Who.ANYONE || (who == Who.OBSERVER && local.isOne(head))) {
            return null;
        }
        var person = credentials.required(head, FromQuery.NOTHING);
        if (!who.admits(person)) {
            throw new FailureException(Failure.FORBIDDEN);
        }
        request.asker().knownAs(key(person));
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

    private static Row row(String method, String pattern, Who who, Handler handler) {
        return new Row(method, Pattern.of(pattern), who, null, handler);
    }

    /// @param places of which one person may hold only some
    private record Row(
            String method, Pattern pattern, Who who, @Nullable PerPerson places, Handler handler) {
        Row sharing(PerPerson itsPlaces) {
            return new Row(method, pattern, who, itsPlaces, handler);
        }
    }

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

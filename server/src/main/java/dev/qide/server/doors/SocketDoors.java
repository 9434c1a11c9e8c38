package dev.qide.server.doors;

import dev.qide.server.doors.Credentials.FromQuery;
import dev.qide.server.identity.Person;
import dev.qide.server.limits.Limits;
import dev.qide.server.session.Editors;
import dev.qide.server.socket.Handshake;
import dev.qide.server.socket.SocketDoor;
import dev.qide.server.socket.SocketDoor.Admission;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The WebSocket doors: one table that says for every path how one logs in. What is not in the
/// table is answered 404.
///
/// The decision falls before any WebSocket code sees the handshake. Thread-safe.
final class SocketDoors implements SocketDoor.Directory {
    private final Credentials credentials;
    private final Limits limits;
    private final List<Row> table;

    SocketDoors(Credentials credentials, Editors editors, Limits limits) {
        this.credentials = credentials;
        this.limits = limits;
        this.table =
                List.of(
                        row(
                                "/ws/{ws}",
                                FromQuery.TICKET,
                                (person, variables) -> editors.whole(person, variables.get("ws"))),
                        row(
                                "/lsp/{ws}/{language}",
                                FromQuery.TICKET,
                                (person, variables) ->
                                        editors.language(
                                                person,
                                                variables.get("ws"),
                                                variables.get("language"))),
                        inBand("/collab/{ws}", variables -> editors.documents(variables.get("ws"))),
                        row(
                                "/yjs/{ws}/{path…}",
                                FromQuery.TICKET_AND_TOKEN,
                                (person, variables) ->
                                        editors.document(
                                                person,
                                                variables.get("ws"),
                                                variables.get("path"))));
    }

    @Override
    public @Nullable SocketDoor at(String path) {
        for (var row : table) {
            var variables = row.pattern.match(path);
            if (variables != null) {
                return handshake -> admit(row, handshake, variables);
            }
        }
        return null;
    }

    private Admission admit(Row row, Handshake handshake, Map<String, String> variables) {
        try {
            return row.login.admit(this, handshake, variables);
        } catch (FailureException failure) {
            return new Admission.Refused(failure.failure());
        }
    }

    private Admission admit(
            Person person, Handshake handshake, Map<String, String> variables, Opening opening) {
        if (!Who.READER.admits(person)) {
            return new Admission.Refused(Failure.FORBIDDEN);
        }
        return new Admission.Accepted(
                opening.open(person, variables), subprotocol(handshake), limits.messageBytes());
    }

    /// A door where one logs in at the handshake.
    ///
    /// @param fromQuery what it takes from the query besides what every such door takes
    private static Row row(String pattern, FromQuery fromQuery, Opening opening) {
        return new Row(
                Pattern.of(pattern),
                (doors, handshake, variables) ->
                        doors.admit(
                                doors.credentials.required(handshake, fromQuery),
                                handshake,
                                variables,
                                opening));
    }

    /// A door where each document logs in by its own Auth message; nothing is served before it.
    private static Row inBand(
            String pattern, Function<Map<String, String>, SocketDoor.Opener> opening) {
        return new Row(
                Pattern.of(pattern),
                (doors, handshake, variables) ->
                        new Admission.Accepted(
                                opening.apply(variables),
                                subprotocol(handshake),
                                doors.limits.messageBytes()));
    }

    /// What a client that checks must see again, on whichever door it offered it.
    private static @Nullable String subprotocol(Handshake handshake) {
        return Credentials.subprotocols(handshake).contains(Credentials.SUBPROTOCOL)
                ? Credentials.SUBPROTOCOL
                : null;
    }

    private record Row(Pattern pattern, Login login) {}

    @FunctionalInterface
    private interface Login {
        Admission admit(SocketDoors doors, Handshake handshake, Map<String, String> variables);
    }

    @FunctionalInterface
    private interface Opening {
        SocketDoor.Opener open(Person person, Map<String, String> variables);
    }
}

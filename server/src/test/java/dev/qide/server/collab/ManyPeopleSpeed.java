package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.ForkedServer;
import dev.qide.server.FragilePostgres;
import dev.qide.server.FreePort;
import dev.qide.server.TestPeople;
import dev.qide.server.TestPeople.LoggedIn;
import dev.qide.server.identity.Identity;
import dev.qide.yjs.Doc;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compares the processor time that the server's process needs for fifty people in ten workspaces
/// with that for one person with the same traffic: edits over WebSockets, and requests. Not part of
/// the suite; run it by name: `mvn -pl server -am -Dtest=ManyPeopleSpeed
/// -Dsurefire.failIfNoSpecifiedTests=false test`. `-Drounds=N` sets the number of rounds of each.
///
/// Rounds of many people and of one alternate; each opens new documents.
final class ManyPeopleSpeed {
    private static final int ROUNDS = Integer.getInteger("rounds", 7);
    private static final int WARM_UP_ROUNDS = 3;
    private static final int WORKSPACES = 10;
    private static final int CLIENTS = 50;
    private static final int EDITS = 400;
    private static final int REQUESTS = 200;

    /// The edits of one client that wait for their acknowledgements.
    private static final int WINDOW = 10;

    /// The one person sends as much as the fifty.
    private static final String LIMITS =
            "reads=1000000000,workspace-requests=1000000000,messages=1000000000,message-bytes=1000000000";

    private static final double AIM = 1.1;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir Path folder;

    /// The processor time of one round in milliseconds.
    private record Cost(long edits, long requests) {
        private long sum() {
            return edits + requests;
        }
    }

    @Test
    void figures() throws Exception {
        try (var postgres = FragilePostgres.open()) {
            var database = postgres.newDatabase();
            var place =
                    new ForkedServer.Config(
                            Files.createDirectory(folder.resolve("data")),
                            Files.createDirectory(folder.resolve("workspace")),
                            FreePort.next(),
                            FragilePostgres.url(database),
                            List.of("-XX:+UseG1GC"));
            try (var server =
                            ForkedServer.begin(place, Map.of("QIDE_LIMITS", LIMITS)).awaitReady();
                    var people = new TestPeople(database)) {
                for (int number = 0; number < WORKSPACES; number++) {
                    createWorkspace(server, number);
                }
                var many = new ArrayList<LoggedIn>();
                for (int client = 0; client < CLIENTS; client++) {
                    many.add(people.logIn("Person " + client));
                    people.joinWorkspace(many.getLast(), workspace(client), "EDITOR");
                }
                var one = people.logIn("One");
                for (int number = 0; number < WORKSPACES; number++) {
                    people.joinWorkspace(one, workspace(number), "EDITOR");
                }
                compare(server, many, Collections.nCopies(CLIENTS, one));
                server.terminate();
            }
        }
    }

    private static void compare(ForkedServer server, List<LoggedIn> many, List<LoggedIn> one)
            throws Exception {
        var ofMany = new ArrayList<Cost>();
        var ofOne = new ArrayList<Cost>();
        for (int round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
            var first = round(server, many, "many-" + round);
            var second = round(server, one, "one-" + round);
            System.out.printf(
                    "round %d: many %d + %d ms, one %d + %d ms%n",
                    round, first.edits(), first.requests(), second.edits(), second.requests());
            if (round >= WARM_UP_ROUNDS) {
                ofMany.add(first);
                ofOne.add(second);
            }
        }
        double ratio =
                median(ofMany.stream().map(Cost::sum).toList())
                        / median(ofOne.stream().map(Cost::sum).toList());
        System.out.printf(
                "many people take %.3f times the processor time of one; edits %.3f, requests %.3f%n",
                ratio,
                median(ofMany.stream().map(Cost::edits).toList())
                        / median(ofOne.stream().map(Cost::edits).toList()),
                median(ofMany.stream().map(Cost::requests).toList())
                        / median(ofOne.stream().map(Cost::requests).toList()));
        assertThat(ratio).isLessThanOrEqualTo(AIM);
    }

    /// @param people who each client is
    private static Cost round(ForkedServer server, List<LoggedIn> people, String name)
            throws Exception {
        var path = name + ".txt";
        var clients = new ArrayList<DocumentsClient>();
        try {
            for (int client = 0; client < CLIENTS; client++) {
                var ticket =
                        member(
                                send(server, people.get(client), "POST", "/api/ticket", ""),
                                "ticket");
                var file = "/api/workspaces/" + workspace(client) + "/files/" + client + path;
                send(server, people.get(client), "PUT", file, "");
                var uri = server.http().resolve("/ws/" + workspace(client) + "?ticket=" + ticket);
                var opened =
                        new DocumentsClient(
                                URI.create(uri.toString().replace("http:", "ws:")), null);
                opened.open(List.of(client + path));
                clients.add(opened);
            }
            var texts = IntStream.range(0, CLIENTS).mapToObj(_ -> updates()).toList();
            long begun = processorMillis(server);
            all(client -> {
                var here = clients.get(client);
                var updates = texts.get(client);
                for (int number = 0; number < EDITS; number++) {
                    here.update(client + path, updates.get(number));
                    if (number % WINDOW == WINDOW - 1) {
                        // One more is that of step 2.
                        here.awaitSaved(number + 2L);
                    }
                }
            });
            long edited = processorMillis(server);
            all(client -> {
                var file = "/api/workspaces/" + workspace(client) + "/files/" + client + path;
                for (int number = 0; number < REQUESTS; number++) {
                    send(server, people.get(client), "GET", file, "");
                }
            });
            return new Cost(edited - begun, processorMillis(server) - edited);
        } finally {
            clients.forEach(DocumentsClient::close);
        }
    }

    @FunctionalInterface
    private interface Work {
        void run(int client) throws Exception;
    }

    private static void all(Work work) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<Boolean>>();
            for (int client = 0; client < CLIENTS; client++) {
                int number = client;
                Callable<Boolean> task =
                        () -> {
                            work.run(number);
                            return true;
                        };
                running.add(threads.submit(task));
            }
            for (var one : running) {
                assertThat(one.get()).isTrue();
            }
        }
    }

    /// Typing, one character an update.
    private static List<byte[]> updates() {
        var updates = new ArrayList<byte[]>();
        try (var doc = new Doc()) {
            var text = doc.text("content");
            var _ = doc.onUpdate((update, _) -> updates.add(update));
            for (int number = 0; number < EDITS; number++) {
                text.insert(number, "x");
            }
        }
        return updates;
    }

    private static void createWorkspace(ForkedServer server, int number) throws Exception {
        var request =
                HttpRequest.newBuilder(server.http().resolve("/api/workspaces"))
                        .header("Authorization", "Bearer " + server.token())
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"name\":\"" + workspace(number) + "\"}"))
                        .build();
        assertThat(HTTP.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(201);
    }

    private static String workspace(int client) {
        return "w" + client % WORKSPACES;
    }

    private static String send(
            ForkedServer server, LoggedIn person, String method, String path, String body)
            throws Exception {
        var request =
                HttpRequest.newBuilder(server.http().resolve(path))
                        .header("Cookie", "qide_session=" + person.cookie())
                        .header("X-Qide-Csrf", Identity.csrfToken(person.cookie()))
                        .method(method, BodyPublishers.ofString(body));
        if (method.equals("PUT")) {
            request.header("If-None-Match", "*");
        }
        var answer = HTTP.send(request.build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return answer.body();
    }

    private static String member(String json, String name) {
        return JsonParser.parseString(json).getAsJsonObject().get(name).getAsString();
    }

    private static long processorMillis(ForkedServer server) {
        return ProcessHandle.of(server.pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toMillis)
                .orElseThrow();
    }

    private static double median(List<Long> values) {
        var sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}

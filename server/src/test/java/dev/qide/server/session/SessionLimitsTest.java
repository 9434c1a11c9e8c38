package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.concurrent.Actor;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The answers to an editor that exceeds its limits.
class SessionLimitsTest {
    private static final int BURST = 300;
    private static final int ADMITTED = 256;
    private static final String MAIN = "file:///Main.py";
    private static final String HOVER =
            "{'textDocument':{'uri':'" + MAIN + "'},'position':{'line':0,'character':1}}";

    @TempDir Path workspace;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        Files.writeString(workspace.resolve("Main.py"), "number = 1\n");
        server = TestServer.start(workspace);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void each_of_many_requests_at_once_is_answered_once_and_the_surplus_given_up() {
        try (var client = connect()) {
            client.initialize(null);
            client.open(MAIN, "python", "number = 1\n");
            // The language server is starting, so no request is answered before all are sent.
            var ids =
                    IntStream.range(0, BURST)
                            .mapToObj(_ -> client.ask("textDocument/hover", HOVER))
                            .toList();
            var answers = new LinkedHashMap<Integer, JsonObject>();
            while (answers.size() < BURST) {
                var answer = client.await(message -> ids.contains(answered(message)));
                assertThat(answers.put(answered(answer), answer)).as("a second answer").isNull();
            }

            var surplus = new ArrayList<Integer>();
            answers.forEach((id, answer) -> {
                if (answer.has("error")) {
                    assertThat(TestClient.errorCode(answer)).isEqualTo(-32802);
                    surplus.add(id);
                }
            });
            assertThat(surplus)
                    .as("none of those that came first")
                    .isNotEmpty()
                    .isSubsetOf(ids.subList(ADMITTED, BURST));
            // In the order of arrival: an answer before the refusals has made room.
            boolean wasStarting =
                    answers.values().stream()
                            .limit(BURST - ADMITTED)
                            .allMatch(answer -> answer.has("error"));
            if (wasStarting) {
                assertThat(surplus)
                        .as("those that came last")
                        .containsExactlyInAnyOrderElementsOf(ids.subList(ADMITTED, BURST));
            }
            int next = client.ask("textDocument/hover", HOVER);
            var last = client.await(message -> answered(message) > 0);
            assertThat(answered(last)).as("capacity again, and no second answer").isEqualTo(next);
            assertThat(last.has("result")).isTrue();
        }
    }

    @Test
    void messages_that_wait_for_a_session_are_counted_in_a_metric() throws Exception {
        try (var actor = new Actor("test", MessageInbox.MESSAGES)) {
            var running = new CountDownLatch(1);
            var held = new CountDownLatch(1);
            var inbox =
                    new MessageInbox(
                            actor,
                            _ -> {
                                running.countDown();
                                awaitQuietly(held);
                            });
            assertThat(inbox.put("worked on")).isTrue();
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(inbox.put("waits")).isTrue();
            assertThat(inbox.characters()).isEqualTo("worked onwaits".length());
            held.countDown();
            await(() -> inbox.characters() == 0);
        }
        var metrics = HttpRequest.newBuilder(server.http("/metrics")).build();
        try (var http = HttpClient.newHttpClient()) {
            assertThat(http.send(metrics, HttpResponse.BodyHandlers.ofString()).body())
                    .contains("qide_session_waiting_characters 0.0")
                    .contains("qide_session_fullest_characters 0.0");
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }

    @Test
    void a_person_with_too_many_messages_per_second_over_all_sockets_is_closed()
            throws IOException {
        // Fewer than any machine sends.
        server.end();
        server.begin("messages=2000");
        try (var one = connect();
                var other = connect()) {
            var clients = List.of(one, other);
            var note = "{\"jsonrpc\":\"2.0\",\"method\":\"$/setTrace\",\"params\":{}}";
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            Thread.ofVirtual().start(() -> flood(one, note, end));
            flood(other, note, end);

            assertThat(clients.stream().map(TestClient::closeCode)).contains(1008);
        }
        try (var client = connect()) {
            client.initialize(null);
        }
    }

    private static void flood(TestClient client, String text, long endNanos) {
        try {
            while (System.nanoTime() < endNanos) {
                client.text(text);
            }
        } catch (CompletionException closed) {
            assertThat(closed).hasMessageContaining("closed");
        }
    }

    private TestClient connect() {
        return TestClient.connect(server.ws("/ws/demo"), server.token());
    }

    private static int answered(JsonObject message) {
        return message.has("id") && !message.has("method") ? message.get("id").getAsInt() : -1;
    }
}

package dev.qide.server.redis;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ForkedServer;
import dev.qide.server.FreePort;
import dev.qide.server.TestDatabase;
import dev.qide.server.TestServer;
import dev.qide.server.cli.NodeConfig;
import dev.qide.server.nodes.FileStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two servers on one database and one Redis.
class SharedLimitsTest {
    private static final Pattern LEFT = Pattern.compile(";r=(\\d+);");
    private static final int QUOTA = 40;
    private static final int GUESSES = 10;
    private static final String LOSSES = "qide_redis_losses_total";
    private static final String LOADED = "loaded.txt";

    /// Redis has half a second to answer a report.
    private static final Duration LONGEST_REPORT = Duration.ofSeconds(2);

    private final HttpClient http = HttpClient.newHttpClient();
    @TempDir Path folder;
    private TestRedis redis;
    private TestServer first;
    private TestServer second;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.start(folder);
        var nodes = new NodeConfig(null, null, FileStorage.DIRECTORY, redis.address());
        first = TestServer.start(Files.createDirectory(folder.resolve("project")));
        first.end();
        first.begin("reads=" + QUOTA + ",login-failures=" + GUESSES, nodes);
        second = TestServer.startBeside(first, nodes, null);
        await(() -> isShared(first) && isShared(second));
    }

    @AfterEach
    void end() {
        http.close();
        second.close();
        first.close();
        redis.close();
    }

    /// Servers that count alone would admit 80.
    @Test
    void a_person_has_one_quota_for_both() throws Exception {
        long begun = System.nanoTime();
        double lost = losses();
        int admitted = 0;
        for (int i = 0; i < QUOTA; i++) {
            admitted += reported(first, () -> read(first).statusCode()) == 200 ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(QUOTA);
        for (int i = 0; i < QUOTA; i++) {
            admitted += reported(second, () -> read(second).statusCode()) == 200 ? 1 : 0;
        }

        // The second server learns what is left from the answer to its first report.
        // On a busy machine Redis may take too long to answer, and each counts alone for a while.
        int most = losses() == lost ? QUOTA + 5 : 2 * QUOTA;
        assertThat((long) admitted).isBetween(QUOTA + 1L, most + 2 * refilled(begun, QUOTA));
        // On a busy machine a token may have been refilled just now.
        var refused = read(second);
        for (int i = 0; i < QUOTA && refused.statusCode() == 200; i++) {
            refused = read(second);
        }
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(left(refused)).isZero();
    }

    @Test
    void failed_logins_count_on_both() throws Exception {
        long begun = System.nanoTime();
        double lost = losses();
        for (int i = 0; i < GUESSES; i++) {
            var guess = "wrong-" + i;
            assertThat(reported(first, () -> login(first, guess))).isEqualTo(401);
        }
        int checked = 0;
        while (reported(second, () -> login(second, "wrong")) == 401) {
            checked++;
            // A server that did not hear from Redis in time counts alone.
            int most = losses() == lost ? GUESSES / 2 : GUESSES;
            assertThat((long) checked).isLessThanOrEqualTo(most + 2 * refilled(begun, GUESSES));
        }
        // On a busy machine a guess may have been refilled just now.
        await(() -> {
            boolean isRefused = login(second, second.token()) == 429;
            while (!isRefused && login(second, "wrong") == 401) {
                // Uses up what was refilled.
            }
            return isRefused;
        });
    }

    /// How many of a quota a minute were refilled since then, at most, on one server.
    private static long refilled(long begun, int quota) {
        return 1 + Duration.ofNanos(System.nanoTime() - begun).toMillis() * quota / 60_000;
    }

    @Test
    void people_work_on_while_redis_is_down() throws Exception {
        redis.kill();
        await(() -> ready(second).contains("each server counts its rate limits alone"));
        assertThat(ready(second)).contains("\"ready\":true");
        assertThat(read(second).statusCode()).isEqualTo(200);
        assertThat(write(second, "a.txt").statusCode()).isEqualTo(201);
        assertThat(second.scrape())
                .contains(
                        "qide_redis_connected 0.0",
                        "qide_telemetry_component_state{component=\"redis\",} 0.5");

        redis.begin();
        await(() -> isShared(first) && isShared(second));
        assertThat(read(first).statusCode()).isEqualTo(200);
    }

    /// What is not used costs nothing: neither classes nor memory.
    @Test
    void without_the_setting_no_class_of_the_client_is_loaded() throws Exception {
        try (var database = TestDatabase.create()) {
            assertThat(loaded(database, "without", Map.of()))
                    .doesNotContain("io.lettuce.", "io.netty.", "reactor.", "RedisConnection");
            var url = "redis://127.0.0.1:" + redis.address().port();
            assertThat(loaded(database, "with", Map.of("QIDE_REDIS_URL", url)))
                    .contains("io.lettuce.", "io.netty.", "dev.qide.server.redis.RedisConnection");
        }
    }

    private String loaded(TestDatabase database, String name, Map<String, String> settings)
            throws Exception {
        var data = Files.createDirectory(folder.resolve(name));
        var log = data.resolve(LOADED);
        var address = database.address();
        var url =
                "postgresql://%s:%s@%s"
                        .formatted(
                                address.user(),
                                address.password(),
                                address.url().substring("jdbc:postgresql://".length()));
        var options = new ArrayList<>(ForkedServer.Config.QUICK_START);
        options.add("-Xlog:class+load:file=" + log);
        var config =
                new ForkedServer.Config(
                        data, folder.resolve("project"), FreePort.next(), url, options);
        try (var server = ForkedServer.begin(config, settings).awaitReady()) {
            if (!settings.isEmpty()) {
                await(() -> text(log).contains("RedisConnection"));
            }
            server.terminate();
        }
        var text = text(log);
        System.out.println(name + " Redis: " + text.lines().count() + " classes");
        return text;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The status of a request; one that was not refused took a token, whose report was answered.
    ///
    /// A server goes on without the answer. On a busy machine it would admit requests that the
    /// other server has already counted.
    private static int reported(TestServer server, IntSupplier request) {
        double before = reports(server);
        int status = request.getAsInt();
        long begun = System.nanoTime();
        await(() ->
                status == 429
                        || reports(server) > before
                        || !isShared(server)
                        || isOver(begun, LONGEST_REPORT));
        return status;
    }

    private static boolean isOver(long begun, Duration limit) {
        return System.nanoTime() - begun > limit.toNanos();
    }

    private static double reports(TestServer server) {
        return metrics(server, "qide_redis_reports_total.*").sum();
    }

    /// Whether the server counts in Redis now.
    private static boolean isShared(TestServer server) {
        return metric(server, "qide_redis_connected") > 0;
    }

    private double losses() {
        return metric(first, LOSSES) + metric(second, LOSSES);
    }

    private static double metric(TestServer server, String name) {
        return metrics(server, name).findFirst().orElseThrow();
    }

    /// The values of the series whose name and labels match.
    private static DoubleStream metrics(TestServer server, String name) {
        try {
            return Pattern.compile("(?m)^" + name + " (\\S+)")
                    .matcher(server.scrape())
                    .results()
                    .mapToDouble(series -> Double.parseDouble(series.group(1)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }

    private static long left(HttpResponse<String> response) {
        var matcher = LEFT.matcher(response.headers().firstValue("RateLimit").orElseThrow());
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private HttpResponse<String> read(TestServer server) {
        return send(request(server, "/api/workspaces").GET());
    }

    private HttpResponse<String> write(TestServer server, String name) {
        return send(
                request(server, "/api/workspaces/demo/files/" + name)
                        .header("If-None-Match", "*")
                        .PUT(BodyPublishers.ofString("text")));
    }

    private int login(TestServer server, String token) {
        return send(request(server, "/api/login")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"token\":\"" + token + "\"}")))
                .statusCode();
    }

    private String ready(TestServer server) {
        return send(request(server, "/ready").GET()).body();
    }

    private HttpRequest.Builder request(TestServer server, String path) {
        return HttpRequest.newBuilder(server.http(path))
                .header("Authorization", "Bearer " + server.token());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }
}

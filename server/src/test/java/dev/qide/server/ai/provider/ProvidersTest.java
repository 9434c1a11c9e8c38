package dev.qide.server.ai.provider;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.ai.Cancellation;
import dev.qide.server.ai.CancelledException;
import dev.qide.server.ai.Model;
import dev.qide.server.ai.provider.ModelEvent.StopReason;
import dev.qide.server.ai.provider.ModelEvent.Usage;
import dev.qide.server.ai.provider.ModelRequest.Part;
import dev.qide.server.ai.provider.ModelRequest.Role;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every dialect against a provider that speaks it to the letter.
class ProvidersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<Piece> PIECES =
            List.of(
                    new Piece.Thinking("hm"),
                    new Piece.Text("Hello, "),
                    new Piece.Text("wörld 😀"),
                    new Piece.ToolCall("call_1", "read_file", "{\"path\":\"a.txt\"}"));

    private static ScriptedProvider provider;
    private static Scheduler scheduler;
    private static HttpClient http;

    @BeforeAll
    static void start() throws IOException {
        provider = new ScriptedProvider();
        scheduler = new Scheduler();
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        http.shutdownNow();
        scheduler.close();
        provider.close();
    }

    @ParameterizedTest
    @EnumSource
    void an_answer_is_decoded(Model.Provider dialect) {
        provider.play(ProviderScript.of(PIECES));
        check(dialect, all(model(dialect), chat()));
    }

    @ParameterizedTest
    @EnumSource
    void an_answer_that_drips_byte_by_byte_is_the_same(Model.Provider dialect) {
        provider.play(ProviderScript.of(PIECES).with(Fault.DRIPS, 0));
        check(dialect, all(model(dialect), chat()));
    }

    private static void check(Model.Provider dialect, List<ModelEvent> events) {
        assertThat(texts(events)).isEqualTo("Hello, wörld 😀");
        assertThat(events).contains(new ModelEvent.Thinking("hm"));
        var call = only(events, ModelEvent.ToolCall.class);
        assertThat(call.name()).isEqualTo("read_file");
        assertThat(call.id()).startsWith("call_");
        var arguments = new StringBuilder();
        events.forEach(event -> {
            if (event instanceof ModelEvent.ToolArguments(_, var json)) {
                arguments.append(json);
            }
        });
        assertThat(arguments).hasToString("{\"path\":\"a.txt\"}");
        assertThat(events.getLast()).isEqualTo(new ModelEvent.Finished(StopReason.TOOL_USE, ""));
        assertThat(usage(events))
                .as(dialect.wireName())
                .isEqualTo(new Usage(provider.onlyCall().inputTokens(), 0, 0, 4, 0));
        if (dialect == Model.Provider.ANTHROPIC) {
            assertThat(events).contains(new ModelEvent.Signature("c2lnbmVk"));
        }
    }

    @Test
    void counts_of_tokens_are_within_bounds() {
        var counts =
                JsonParser.parseString(
                                """
                                {"prompt_tokens": 1e18, "completion_tokens": -5,
                                 "prompt_tokens_details": {"cached_tokens": 1e300}}
                                """)
                        .getAsJsonObject();
        var usage = OpenAiDecoder.usage(counts);
        assertThat(List.of(usage.input(), usage.cacheRead(), usage.output()))
                .containsExactly(1_000_000_000L, 1_000_000_000L, 0L);
        var events = new ArrayList<ModelEvent>();
        var frame =
                JsonParser.parseString(
                                """
                                {"type": "message_start", "message": {"usage": {"input_tokens": 1e19,
                                 "cache_read_input_tokens": 7, "output_tokens": 2e19}}}
                                """)
                        .getAsJsonObject();
        new AnthropicDecoder().decode(frame, events::add);
        assertThat(usage(events)).isEqualTo(new Usage(1_000_000_000, 7, 0, 1_000_000_000, 0));
    }

    @Test
    void the_requests_are_those_of_each_dialect() {
        provider.play(ProviderScript.saying("a"));
        for (var dialect : Model.Provider.values()) {
            all(model(dialect), chat());
        }
        var bodies = provider.calls();
        check(bodies.get(0).body(), "openai.json");
        check(bodies.get(1).body(), "anthropic.json");
        check(bodies.get(2).body(), "gemini.json");
        check(bodies.get(3).body(), "ollama.json");
        assertThat(bodies.get(0).header("authorization")).isEqualTo("Bearer secret");
        assertThat(bodies.get(1).header("x-api-key")).isEqualTo("secret");
        assertThat(bodies.get(1).header("anthropic-version")).isEqualTo("2026-10-21");
        assertThat(bodies.get(2).header("x-goog-api-key")).isEqualTo("secret");
        assertThat(bodies.get(2).path())
                .isEqualTo("/v1beta/models/tiny:streamGenerateContent?alt=sse");
    }

    /// Compares with a file of expected requests; `-Dupdate.snapshots` rewrites it.
    private static void check(JsonObject body, String name) {
        var file = java.nio.file.Path.of("src/test/resources/ai", name);
        var pretty =
                new com.google.gson.GsonBuilder()
                                .setPrettyPrinting()
                                .disableHtmlEscaping()
                                .create()
                                .toJson(body)
                        + "\n";
        try {
            if (Boolean.getBoolean("update.snapshots")) {
                java.nio.file.Files.createDirectories(file.getParent());
                java.nio.file.Files.writeString(file, pretty);
            }
            assertThat(pretty).isEqualTo(java.nio.file.Files.readString(file));
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_error_after_a_200_is_named(Model.Provider dialect) {
        provider.play(ProviderScript.of(PIECES).with(Fault.ERROR_EVENT, 0));
        assertThatThrownBy(() -> all(model(dialect), chat()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.tags())
                                        .containsEntry("reason", "provider-error"));
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_that_breaks_off_never_looks_whole(Model.Provider dialect) {
        provider.play(ProviderScript.of(PIECES).with(Fault.DIES, 2));
        // A reset may discard what the client has not read yet, the head of the answer included.
        assertThatThrownBy(() -> all(model(dialect), chat()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.tags().get("reason"))
                                        .isIn("interrupted", "unreachable"));
        provider.play(ProviderScript.of(PIECES).with(Fault.ENDS_EARLY, 2));
        failsWith(dialect, PATIENCE, "interrupted");
        provider.play(ProviderScript.of(PIECES).with(Fault.MALFORMED, 2));
        failsWith(dialect, PATIENCE, "malformed-answer");
    }

    @ParameterizedTest
    @EnumSource
    void a_silence_ends_the_call(Model.Provider dialect) {
        provider.play(ProviderScript.of(PIECES).with(Fault.STALLS, 2));
        failsWith(dialect, Duration.ofMillis(300), "timeout");
        await(() -> provider.onlyCall().goneAt() > 0);
    }

    @Test
    void a_chat_is_tried_again_as_the_sdks_do_it() {
        var soon = Map.of("retry-after-ms", "1");
        provider.play(ProviderScript.saying("a"));
        provider.playNext(
                ProviderScript.saying().failing(529, soon),
                ProviderScript.saying().failing(500, soon));
        assertThat(texts(all(model(Model.Provider.ANTHROPIC), chat()))).isEqualTo("a");
        assertThat(provider.calls()).hasSize(3);

        provider.play(ProviderScript.saying("a").failing(529, soon));
        assertThat(statusOf(Model.Provider.ANTHROPIC, chat())).isEqualTo("529 overloaded");
        assertThat(provider.calls()).hasSize(3);

        provider.play(
                ProviderScript.saying("a")
                        .failing(529, Map.of("retry-after-ms", "1", "x-should-retry", "false")));
        assertThat(statusOf(Model.Provider.ANTHROPIC, chat())).isEqualTo("529 overloaded");
        assertThat(provider.calls()).hasSize(1);
    }

    @Test
    void a_completion_is_never_tried_again() {
        provider.play(ProviderScript.saying("a").failing(429, Map.of("retry-after-ms", "1")));
        assertThat(statusOf(Model.Provider.OPENAI, fillIn())).isEqualTo("429 rate-limit");
        assertThat(provider.calls()).hasSize(1);
    }

    @Test
    void the_delay_of_a_retry_follows_the_contract() {
        var now = Instant.parse("2026-11-28T12:00:00Z");
        var policy = new HttpRetryPolicy(InstantSource.fixed(now), new Random(1));
        assertThat(policy.retryAfter(headers("retry-after-ms", "250"))).hasMillis(250);
        assertThat(policy.retryAfter(headers("retry-after", "2"))).hasSeconds(2);
        assertThat(policy.retryAfter(headers("retry-after", "Sat, 28 Nov 2026 12:00:07 GMT")))
                .hasSeconds(7);
        assertThat(policy.retryAfter(headers("retry-after", "soon"))).isNull();
        assertThat(policy.delay(1, null)).isBetween(Duration.ofMillis(375), Duration.ofMillis(500));
        assertThat(policy.delay(9, null)).isBetween(Duration.ofSeconds(6), Duration.ofSeconds(8));
        assertThat(policy.delay(1, Duration.ofHours(1))).isLessThan(Duration.ofSeconds(1));
    }

    private static java.net.http.HttpHeaders headers(String name, String value) {
        return java.net.http.HttpHeaders.of(Map.of(name, List.of(value)), (_, _) -> true);
    }

    @ParameterizedTest
    @EnumSource(
            value = Model.FillIn.class,
            names = {"AUTO", "CHAT"},
            mode = EnumSource.Mode.EXCLUDE)
    void a_gap_is_filled_with_every_method(Model.FillIn manner) {
        for (var dialect : List.of(Model.Provider.OPENAI, Model.Provider.OLLAMA)) {
            provider.play(ProviderScript.saying("return ", "1"));
            var model = model(dialect, manner, PATIENCE);
            var events = all(model, fillIn());
            assertThat(texts(events)).as(manner + " " + dialect).isEqualTo("return 1");
            assertThat(usage(events).output()).isEqualTo(2);
            var body = provider.onlyCall().body().toString();
            assertThat(body).contains("f():").contains("print()");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_model_without_fill_in_gets_a_chat_request(Model.Provider dialect) {
        provider.play(ProviderScript.saying("return 1"));
        var model = model(dialect, Model.FillIn.CHAT, PATIENCE);
        assertThat(texts(all(model, fillIn()))).isEqualTo("return 1");
        assertThat(provider.onlyCall().body().toString()).contains("<CARET>");
    }

    @Test
    void a_cold_model_is_loaded_though_every_request_is_cancelled() throws Exception {
        provider.play(ProviderScript.saying("a"));
        provider.loadFor(Duration.ofMinutes(5));
        try {
            var model = new HttpModelProvider(model(Model.Provider.OLLAMA), shared());
            for (int i = 0; i < 5; i++) {
                int before = provider.calls().size();
                var cancellation = new Cancellation();
                var call = CompletableFuture.runAsync(() -> model.stream(fillIn(), cancellation));
                await(() -> provider.calls().size() > before);
                cancellation.cancel();
                assertThatThrownBy(call::join).hasCauseInstanceOf(CancelledException.class);
            }
            // A call that has not seen its client leave would count as a second load.
            await(() -> provider.abandoned() == 5);
            provider.finishLoading();
            await(provider::isLoaded);
            assertThat(provider.loads()).isEqualTo(1);
            try (var stream = model.stream(fillIn(), new Cancellation())) {
                assertThat(stream.next()).isNotNull();
            }
        } finally {
            provider.loadFor(Duration.ZERO);
        }
    }

    @Test
    void private_addresses_are_refused_unless_the_model_is_local() throws Exception {
        for (var address :
                List.of(
                        "127.0.0.1",
                        "10.1.2.3",
                        "172.16.0.1",
                        "192.168.1.1",
                        "169.254.169.254",
                        "100.64.0.1",
                        "0.0.0.0",
                        "198.18.0.1",
                        "224.0.0.1",
                        "::1",
                        "fe80::1",
                        "fd00::1",
                        "::ffff:10.0.0.1",
                        "64:ff9b::a00:1",
                        "2001:db8::1")) {
            assertThat(DestinationCheck.isPublic(InetAddress.ofLiteral(address)))
                    .as(address)
                    .isFalse();
        }
        for (var address :
                List.of("8.8.8.8", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808")) {
            assertThat(DestinationCheck.isPublic(InetAddress.ofLiteral(address)))
                    .as(address)
                    .isTrue();
        }
        var both =
                new DestinationCheck(_ ->
                        new InetAddress[] {
                            InetAddress.ofLiteral("8.8.8.8"), InetAddress.ofLiteral("10.0.0.1")
                        });
        refuses(both, false);
        both.require("models.example", true);
        refuses(
                new DestinationCheck(
                        _ -> new InetAddress[] {InetAddress.ofLiteral("169.254.169.254")}),
                true);
    }

    private static void refuses(DestinationCheck check, boolean isLocal) {
        assertThatThrownBy(() -> check.require("models.example", isLocal))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.tags())
                                        .containsEntry("reason", "destination-refused"));
    }

    @Test
    void the_version_path_may_be_part_of_the_url() {
        for (var path : List.of("", "/v1")) {
            var model =
                    model(
                            Model.Provider.OPENAI,
                            provider.url() + path,
                            Model.FillIn.AUTO,
                            PATIENCE);
            assertThat(model.endpoint("/models")).hasPath("/v1/models");
            assertThat(model.root("/infill")).hasPath("/infill");
        }
    }

    @Test
    void the_servers_of_openai_get_the_limit_under_its_newer_name() {
        for (var url :
                List.of("https://api.openai.com", "https://ours.openai.azure.com/openai/v1")) {
            var model = model(Model.Provider.OPENAI, url, Model.FillIn.AUTO, PATIENCE);
            var body = new OpenAiDialect().encode(model, chat()).body();
            assertThat(body.has("max_completion_tokens")).as(url).isTrue();
            assertThat(body.has("max_tokens")).as(url).isFalse();
        }
    }

    /// @param gap the longest time between two parts of the answer
    private static void failsWith(Model.Provider dialect, Duration gap, String reason) {
        var model = model(dialect, Model.FillIn.SUFFIX, gap);
        assertThatThrownBy(() -> all(model, chat()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.tags()).containsEntry("reason", reason));
    }

    private static String statusOf(Model.Provider dialect, ModelRequest request) {
        try {
            all(model(dialect), request);
            return "200";
        } catch (FailureException failure) {
            return failure.tags().get("status") + " " + failure.tags().get("kind");
        }
    }

    private static ModelRequest.FillIn fillIn() {
        return new ModelRequest.FillIn(
                "a.py", "python", "def f():\n    ", "\nprint()", ModelRequest.Options.DEFAULTS);
    }

    /// A request with everything that the common form has.
    private static ModelRequest.Chat chat() {
        var schema = JsonParser.parseString("{\"type\":\"object\"}").getAsJsonObject();
        return new ModelRequest.Chat(
                List.of(new Part.Text("Be brief.", ModelRequest.CachePoint.FIVE_MINUTES)),
                List.of(
                        new ModelRequest.Message(
                                Role.USER,
                                List.of(
                                        new Part.Text("What is this?"),
                                        new Part.Image("image/png", "aWNvbg=="))),
                        new ModelRequest.Message(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.Thinking("hm", "c2ln"),
                                        new Part.ToolCall("c1", "read_file", "{\"path\":\"a\"}"))),
                        new ModelRequest.Message(
                                Role.USER,
                                List.of(
                                        new Part.ToolResult("c1", "text of a", false),
                                        new Part.Text("Go on.")))),
                List.of(new ModelRequest.Tool("read_file", "Reads a file.", schema)),
                new ModelRequest.ToolChoice.Named("read_file"),
                new ModelRequest.Options(
                        2_000,
                        0.5,
                        0.9,
                        List.of("END"),
                        new ModelRequest.Format("answer", schema, true),
                        "low"),
                ModelRequest.Extras.NONE);
    }

    private static Model model(Model.Provider dialect) {
        return model(dialect, Model.FillIn.SUFFIX, PATIENCE);
    }

    private static Model model(Model.Provider dialect, Model.FillIn manner, Duration gap) {
        return model(dialect, provider.url(), manner, gap);
    }

    private static Model model(
            Model.Provider dialect, String url, Model.FillIn manner, Duration gap) {
        return new Model(
                "m",
                dialect,
                URI.create(url),
                "tiny",
                Set.of(Model.Purpose.CHAT),
                new Model.Key("secret"),
                List.of(),
                Model.Price.FREE,
                new Model.Limits(null, 4_096, true, 8, PATIENCE, gap),
                manner,
                true);
    }

    private static HttpModelProvider.Shared shared() {
        return new HttpModelProvider.Shared(
                () -> http,
                scheduler,
                DestinationCheck.standard(),
                InstantSource.system(),
                new Random(1));
    }

    private static List<ModelEvent> all(Model model, ModelRequest request) {
        var events = new ArrayList<ModelEvent>();
        try (var stream =
                new HttpModelProvider(model, shared()).stream(request, new Cancellation())) {
            for (var event = stream.next(); event != null; event = stream.next()) {
                events.add(event);
            }
        }
        return events;
    }

    private static String texts(List<ModelEvent> events) {
        var text = new StringBuilder();
        events.forEach(event -> {
            if (event instanceof ModelEvent.Text(var part)) {
                text.append(part);
            }
        });
        return text.toString();
    }

    private static <T> T only(List<ModelEvent> events, Class<T> type) {
        var found = events.stream().filter(type::isInstance).map(type::cast).toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static Usage usage(List<ModelEvent> events) {
        var usage = Usage.NONE;
        for (var event : events) {
            if (event instanceof ModelEvent.Used(var now)) {
                usage = now;
            }
        }
        return usage;
    }
}

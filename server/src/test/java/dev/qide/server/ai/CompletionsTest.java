package dev.qide.server.ai;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.store.Database;
import dev.qide.server.store.UsageTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompletionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final Caller ANN = new Caller(UUID.randomUUID().toString(), null);
    private static final Caller BOB = new Caller(UUID.randomUUID().toString(), null);

    @TempDir Path folder;
    private static TestDatabase testDatabase;
    private static Database database;
    private UsageLedger ledger;
    private ScriptedProvider model;
    private Scheduler scheduler;
    private ModelCalls calls;
    private Completions completions;

    @BeforeAll
    static void startDatabase() throws InterruptedException {
        testDatabase = TestDatabase.create();
        database = new Database(testDatabase.address());
    }

    @AfterAll
    static void stopDatabase() {
        database.close();
        testDatabase.close();
    }

    @BeforeEach
    void start() throws IOException {
        model = new ScriptedProvider();
        scheduler = new Scheduler();
        Files.writeString(folder.resolve("key"), "secret-key\n");
        ledger =
                new UsageLedger(
                        new UsageTable(database), scheduler, InstantSource.system(), new Metrics());
        begin(new Models(ModelsFile.read(models(entry(model.url()))).models()));
    }

    private void begin(Models models) {
        calls =
                ModelCalls.of(
                        models,
                        new Accounting(
                                new Budgets(List.of(), InstantSource.system(), new Metrics()),
                                ledger,
                                (_, _, _) -> {}),
                        scheduler,
                        new CallingThread());
        completions = new Completions(calls, (_, _) -> false, scheduler, new Metrics());
    }

    private void end() {
        completions.close();
        calls.close();
    }

    @AfterEach
    void stop() {
        end();
        ledger.close();
        scheduler.close();
        model.close();
    }

    @Test
    void a_key_file_with_more_than_one_key_is_refused_without_showing_it() throws Exception {
        Files.writeString(folder.resolve("key"), "first-secret\nsecond-secret\n");

        assertThatThrownBy(() -> ModelsFile.read(models(entry(model.url()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keyFile")
                .hasMessageNotContaining("secret");
    }

    @Test
    void a_renewed_key_is_used_by_the_next_call() throws Exception {
        model.play(ProviderScript.saying("x"));
        var key = folder.resolve("key");

        assertThat(ask("a|")).isEqualTo("completed: x");
        Files.writeString(key, "renewed-key-of-another-length\n");
        assertThat(ask("b|")).isEqualTo("completed: x");
        // What is not one key does not replace the last one.
        Files.writeString(key, "two\nkeys\n");
        assertThat(ask("c|")).isEqualTo("completed: x");
        Files.delete(key);
        assertThat(ask("d|")).isEqualTo("completed: x");

        assertThat(model.calls())
                .extracting(call -> call.header("authorization"))
                .containsExactly(
                        "Bearer secret-key",
                        "Bearer renewed-key-of-another-length",
                        "Bearer renewed-key-of-another-length",
                        "Bearer renewed-key-of-another-length");
    }

    @Test
    void an_empty_key_file_is_refused() throws Exception {
        Files.writeString(folder.resolve("key"), "\n");

        assertThatThrownBy(() -> ModelsFile.read(models(entry(model.url()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("keyFile of m cannot be used", "is empty");
    }

    @Test
    void a_fill_in_model_receives_prefix_and_suffix() throws Exception {
        model.play(ProviderScript.saying("re", "turn ", "1"));

        assertThat(ask("def f():\n    |\nprint()")).isEqualTo("completed: return 1");
        assertThat(model.requests())
                .singleElement()
                .asString()
                .startsWith("/v1/completions ")
                .contains("\"prompt\":\"def f():\\n    \"")
                .contains("\"suffix\":\"\\nprint()\"");
    }

    @Test
    void a_model_without_fill_in_is_used_by_chat_from_then_on() throws Exception {
        model.play(ProviderScript.saying("```python\nreturn 1\n```").withoutFillIn());

        assertThat(ask("a|b")).isEqualTo("completed: return 1");
        assertThat(ask("a|b")).isEqualTo("completed: return 1");
        assertThat(model.requests())
                .extracting(request -> request.substring(0, request.indexOf(' ')))
                .containsExactly("/v1/completions", "/v1/chat/completions", "/v1/chat/completions");
    }

    @Test
    void each_model_is_tried_in_its_own_way() throws Exception {
        end();
        var first = entry(model.url()).replace("}", ",\"fallback\":[\"n\"]}");
        var second = entry(model.url()).replace("\"m\"", "\"n\"").replace("tiny", "other");
        begin(new Models(ModelsFile.read(models(first + "," + second)).models()));
        model.play("tiny", ProviderScript.saying("a").failing(503), ProviderScript.saying("a"));
        model.play("other", ProviderScript.saying("b").withoutFillIn());

        assertThat(ask("a|b")).isEqualTo("completed: b");
        assertThat(ask("a|b")).isEqualTo("completed: a");
        assertThat(model.calls())
                .extracting(call -> call.path() + " " + call.body().get("model").getAsString())
                .containsExactly(
                        "/v1/completions tiny",
                        "/v1/completions other",
                        "/v1/chat/completions other",
                        "/v1/completions tiny");
    }

    @Test
    void a_refusal_is_a_named_failure() throws Exception {
        model.play(ProviderScript.saying("x").failing(500));

        assertThat(ask("a|"))
                .isEqualTo("failed: MODEL_UNAVAILABLE {kind=api, reason=status, status=500}");
    }

    @Test
    void an_unreachable_model_is_a_named_failure() throws Exception {
        model.close();

        assertThat(ask("a|")).isEqualTo("failed: MODEL_UNAVAILABLE {reason=unreachable}");
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void a_cancelled_call_is_closed_upstream_in_every_phase(Phase phase) throws Exception {
        model.play(phase.stopping(ProviderScript.saying("a", "b")));
        var answer = new Answer();
        var running = completions.start(ANN, request("a|"), answer);
        await(() -> !model.calls().isEmpty());

        running.cancel();

        assertThat(answer.get()).isEqualTo("cancelled");
        await(() -> model.abandoned() == 1);
    }

    /// Where a call is when it is cancelled.
    enum Phase {
        BEFORE_HEADERS {
            @Override
            ProviderScript stopping(ProviderScript script) {
                return script.after(PATIENCE);
            }
        },
        BEFORE_FIRST_TOKEN {
            @Override
            ProviderScript stopping(ProviderScript script) {
                return script.with(Fault.STALLS, 0);
            }
        },
        AFTER_FIRST_TOKEN {
            @Override
            ProviderScript stopping(ProviderScript script) {
                return script.with(Fault.STALLS, 1);
            }
        };

        abstract ProviderScript stopping(ProviderScript script);
    }

    @Test
    void errors_in_a_models_file_are_named() throws IOException {
        check("{}", "JSON array");
        check(budget("{\"scope\":\"team\",\"period\":\"day\",\"tokens\":1}"), "JSON array");
        check(budget("{\"scope\":\"server\",\"period\":\"day\"}"), "needs tokens or cost");
        check(budget("{\"scope\":\"server\",\"period\":\"day\",\"euros\":1}"), "\"euros\": remove");
        check("[{\"name\":\"a\"}]", "provider");
        check("[" + entry("ftp://x") + "]", "http://");
        check("[" + entry("http://user:pw@x") + "]", "keyFile");
        check("[" + entry("http://x").replace("\"key\"", "\"missing\"") + "]", "keyFile");
        check("[" + entry("http://x") + "," + entry("http://y") + "]", "twice");
        check(
                "[" + entry("http://x").replace("openai", "other") + "]",
                "\"other\" of m is not supported: use one of \"openai\"");
        check("[" + entry("http://x").replace("\"completion\"", "\"chats\"") + "]", "[chats] of m");
        check("[" + entry("http://x").replace("\"completion\"", "") + "]", "[] of m");
        check(
                "[" + entry("http://x").replace("}", ",\"colour\":true}") + "]",
                "\"colour\": remove");
        check("{\"models\":[],\"localonly\":[\"demo\"]}", "\"localonly\": remove");
        check("{\"models\":[],\"budget\":[]}", "[budgets, localOnly, models]");
        check("{\"budgets\":[]}", "must be a JSON array");
        check(with("\"fallback\":[\"n\"]"), "fallback \"n\" of m is not another model");
        check(with("\"fallback\":[\"m\"]"), "fallback \"m\" of m is not another model");
        check(with("\"price\":{\"input\":-1}"), "price of m");
        check(with("\"price\":{\"outputs\":1}"), "\"outputs\": remove");
        check(with("\"concurrent\":0"), "concurrent of m");
        check(with("\"fillIn\":\"other\""), "fillIn \"other\" of m");
        check("[" + entry("http://x?a=b") + "]", "query");
    }

    @Test
    void a_budget_reserves_at_most_half_of_a_small_context() throws IOException {
        assertThat(outputTokens("\"contextTokens\":4096")).isEqualTo(2_048);
        assertThat(outputTokens("\"contextTokens\":128000")).isEqualTo(8_192);
        assertThat(outputTokens("\"contextTokens\":4096,\"outputTokens\":4000")).isEqualTo(4_000);
        assertThat(outputTokens("\"concurrent\":1")).isEqualTo(8_192);
    }

    private int outputTokens(String member) throws IOException {
        var file = Files.writeString(folder.resolve("models.json"), with(member));
        return ModelsFile.read(file).models().getFirst().limits().outputTokens();
    }

    @Test
    void to_string_does_not_show_the_key() throws IOException {
        assertThat(ModelsFile.read(models(entry(model.url()))).toString())
                .doesNotContain("secret-key");
    }

    @Test
    void a_cold_model_is_loaded_once_though_a_person_has_an_own_key() throws Exception {
        end();
        var entry = entry(model.url()).replace("openai", "ollama");
        begin(new Models(ModelsFile.read(models(entry)).models(), Set.of(), new OwnKeys()));
        model.play(ProviderScript.saying("a"));
        model.loadFor(Duration.ofMinutes(5));
        for (int i = 0; i < 5; i++) {
            int before = model.calls().size();
            var answer = new Answer();
            var running = completions.start(ANN, request("a|"), answer);
            await(() -> model.calls().size() > before);
            running.cancel();
            assertThat(answer.get()).isEqualTo("cancelled");
        }
        assertThat(model.calls())
                .extracting(call -> call.header("authorization"))
                .containsOnly("Bearer own-key");
        // Only the request that loads the model is left.
        await(() -> model.connections() == 1);
        model.finishLoading();
        await(model::isLoaded);
        assertThat(ask("a|")).isEqualTo("completed: a");
        assertThat(model.loads()).isEqualTo(1);
    }

    /// Every person has a key.
    private static final class OwnKeys implements ModelKeys {
        @Override
        public Model.Key find(Owner owner, Model model) {
            return owner instanceof Owner.Person ? new Model.Key("own-key") : Model.Key.NONE;
        }

        @Override
        public void put(Owner owner, Model model, Model.Key key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean delete(Owner owner, Model model) {
            return false;
        }

        @Override
        public void refresh() {}

        @Override
        public @Nullable Owner organisationOf(@Nullable String workspace) {
            return null;
        }
    }

    @Test
    void calls_per_person_are_bounded() throws Exception {
        for (int i = 0; i < 64; i++) {
            model.play(ProviderScript.saying("a").after(PATIENCE));
            var _ = completions.start(ANN, request("a|"), new Answer());
        }
        assertThatThrownBy(() -> completions.start(ANN, request("a|"), new Answer()))
                .isInstanceOf(FailureException.class)
                .hasFieldOrPropertyWithValue("failure", Failure.TOO_MANY_REQUESTS);
        var _ = completions.start(BOB, request("a|"), new Answer());
    }

    private static String budget(String json) {
        return "{\"models\":[],\"budgets\":[" + json + "]}";
    }

    private static String with(String member) {
        return "[" + entry("http://x").replace("}", "," + member + "}") + "]";
    }

    private void check(String json, String named) throws IOException {
        var file = Files.writeString(folder.resolve("wrong.json"), json);

        assertThatThrownBy(() -> ModelsFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    private String ask(String marked) throws Exception {
        var answer = new Answer();
        var _ = completions.start(ANN, request(marked), answer);
        return answer.get();
    }

    private static CompletionRequest request(String marked) {
        return CompletionRequest.at("a.py", "python", marked.replace("|", ""), marked.indexOf('|'));
    }

    private Path models(String entry) throws IOException {
        return Files.writeString(folder.resolve("models.json"), "[" + entry + "]");
    }

    private static String entry(String url) {
        return """
        {"name":"m","provider":"openai","url":"%s","model":"tiny","purpose":["completion"],"keyFile":"key","local":true}\
        """
                .formatted(url);
    }

    /// Waits for the outcome and fails on a second one.
    private static final class Answer implements Completions.Listener {
        private final CompletableFuture<String> outcome = new CompletableFuture<>();

        @Override
        public void completed(Suggestion suggestion) {
            end("completed: " + suggestion.text());
        }

        @Override
        public void cancelled() {
            end("cancelled");
        }

        @Override
        public void failed(FailureException failure) {
            end("failed: " + failure.failure() + " " + new java.util.TreeMap<>(failure.tags()));
        }

        String get() throws Exception {
            return outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        private void end(String what) {
            assertThat(outcome.complete(what)).as("the only outcome").isTrue();
        }
    }
}

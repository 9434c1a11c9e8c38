package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.ScriptedModel;
import dev.qide.server.ScriptedModel.Pause;
import dev.qide.server.ScriptedModel.Script;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompletionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir Path folder;
    private ScriptedModel model;
    private Scheduler scheduler;
    private Completions completions;

    @BeforeEach
    void start() throws IOException {
        model = new ScriptedModel();
        scheduler = new Scheduler();
        Files.writeString(folder.resolve("key"), "secret-key\n");
        completions =
                new Completions(
                        ModelsFile.read(models(entry(model.url()))), scheduler, new Metrics());
    }

    @AfterEach
    void stop() {
        completions.close();
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
    void a_fill_in_model_receives_prefix_and_suffix() throws Exception {
        model.play(Script.saying("re", "turn ", "1"));

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
        model.play(Script.saying("```python\nreturn 1\n```").without());

        assertThat(ask("a|b")).isEqualTo("completed: return 1");
        assertThat(ask("a|b")).isEqualTo("completed: return 1");
        assertThat(model.requests())
                .extracting(request -> request.substring(0, request.indexOf(' ')))
                .containsExactly("/v1/completions", "/v1/chat/completions", "/v1/chat/completions");
    }

    @Test
    void a_refusal_is_a_named_failure() throws Exception {
        model.play(Script.saying("x").failing(500));

        assertThat(ask("a|")).isEqualTo("failed: MODEL_UNAVAILABLE {reason=status, status=500}");
    }

    @Test
    void an_unreachable_model_is_a_named_failure() throws Exception {
        model.close();

        assertThat(ask("a|")).isEqualTo("failed: MODEL_UNAVAILABLE {reason=unreachable}");
    }

    @ParameterizedTest
    @EnumSource(value = Pause.class, mode = EnumSource.Mode.EXCLUDE, names = "NEVER")
    void a_cancelled_call_is_closed_upstream_in_every_phase(Pause where) throws Exception {
        model.play(Script.saying("a", "b").pausing(where));
        var answer = new Answer();
        var running = completions.start("ann", request("a|"), answer);
        await(() -> !model.requests().isEmpty());

        running.cancel();

        assertThat(answer.get()).isEqualTo("cancelled");
        await(() -> model.abandoned() == 1);
    }

    @Test
    void errors_in_a_models_file_are_named() throws IOException {
        check("{}", "JSON array");
        check("[{\"name\":\"a\"}]", "provider");
        check("[" + entry("ftp://x") + "]", "http://");
        check("[" + entry("http://user:pw@x") + "]", "keyFile");
        check("[" + entry("http://x").replace("\"key\"", "\"missing\"") + "]", "keyFile");
        check("[" + entry("http://x") + "," + entry("http://y") + "]", "twice");
        check("[" + entry("http://x").replace("openai", "other") + "]", "use \"openai\"");
        check("[" + entry("http://x").replace("openai", "ollama") + "]", "\"ollama\" of m is not");
        check("[" + entry("http://x").replace("\"completion\"", "\"chat\"") + "]", "[chat] of m");
        check("[" + entry("http://x").replace("\"completion\"", "") + "]", "[] of m");
        check("[" + entry("http://x").replace("}", ",\"local\":true}") + "]", "\"local\": remove");
        var another = entry("http://y").replace("\"m\"", "\"n\"");
        check("[" + entry("http://x") + "," + another + "]", "2 models, but only one is used");
    }

    @Test
    void to_string_does_not_show_the_key() throws IOException {
        assertThat(ModelsFile.read(models(entry(model.url()))).toString())
                .doesNotContain("secret-key");
    }

    @Test
    void calls_per_person_are_bounded() throws Exception {
        for (int i = 0; i < 64; i++) {
            model.play(Script.saying("a").pausing(Pause.BEFORE_HEADERS));
            var _ = completions.start("ann", request("a|"), new Answer());
        }
        assertThatThrownBy(() -> completions.start("ann", request("a|"), new Answer()))
                .isInstanceOf(FailureException.class)
                .hasFieldOrPropertyWithValue("failure", Failure.TOO_MANY_REQUESTS);
        var _ = completions.start("bob", request("a|"), new Answer());
    }

    private void check(String json, String named) throws IOException {
        var file = Files.writeString(folder.resolve("wrong.json"), json);

        assertThatThrownBy(() -> ModelsFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    private String ask(String marked) throws Exception {
        var answer = new Answer();
        var _ = completions.start("ann", request(marked), answer);
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
        {"name":"m","provider":"openai","url":"%s","model":"tiny","purpose":["completion"],"keyFile":"key"}\
        """
                .formatted(url);
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    /// Waits for the outcome and fails on a second one.
    private static final class Answer implements Completions.Listener {
        private final CompletableFuture<String> outcome = new CompletableFuture<>();

        @Override
        public void completed(String text) {
            end("completed: " + text);
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

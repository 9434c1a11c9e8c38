package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.language.process.RestartPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A language server that ends comes back by itself, and nobody waits for an answer for ever.
class RestartTest {
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,"limits":{"idleSeconds":IDLE},
            "capabilities":{"hoverProvider":true,"definitionProvider":true,"executeCommandProvider":{}}}]}
            """;
    private static final int LANGUAGE_UNAVAILABLE = 1301;
    private static final int LANGUAGE_STOPPED = 1303;
    private static final int CONTENT_MODIFIED = -32801;
    private static final Duration HEALED = Duration.ofSeconds(5);

    @TempDir Path folder;
    private LanguageRig rig;

    @BeforeEach
    void start() throws Exception {
        begin(600);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void what_only_reads_is_asked_again_and_each_request_is_answered_once() throws Exception {
        var hold = Files.createFile(folder.resolve("hold"));
        routed();
        open("one");
        for (int id = 1; id <= 20; id++) {
            request("" + id, "textDocument/hover");
        }
        request("\"command\"", "workspace/executeCommand");
        request("\"own\"", "fake/silent");
        settle();
        Files.delete(hold);
        kill();

        for (int id = 1; id <= 20; id++) {
            assertThat(rig.editor.answer("" + id).get("result").toString()).contains("one");
        }
        assertThat(code("\"command\"")).isEqualTo(LANGUAGE_STOPPED);
        assertThat(code("\"own\"")).isEqualTo(LANGUAGE_STOPPED);
        for (var id : List.of("1", "20", "\"command\"", "\"own\"")) {
            assertThat(rig.editor.answers(id)).isEqualTo(1);
        }
    }

    @Test
    void a_question_about_a_text_that_changed_is_answered_so() throws Exception {
        var hold = Files.createFile(folder.resolve("hold"));
        routed();
        open("one");
        request("1", "textDocument/hover");
        change("two");
        request("2", "textDocument/hover");
        settle();
        Files.delete(hold);
        kill();

        assertThat(code("1")).isEqualTo(CONTENT_MODIFIED);
        assertThat(rig.editor.answer("2").get("result").toString()).contains("two");
    }

    @Test
    void a_question_of_which_two_servers_died_is_not_asked_a_third_time() {
        routed();
        open("one");
        request("1", "textDocument/definition");

        assertThat(code("1")).isEqualTo(LANGUAGE_STOPPED);
        request("2", "textDocument/hover");
        assertThat(rig.editor.answer("2").get("result").toString()).contains("one");
        assertThat(rig.editor.answers("1")).isEqualTo(1);
    }

    @Test
    void it_comes_back_without_a_word_of_the_editor() {
        routed();
        open("one");
        request("1", "textDocument/hover");
        rig.editor.answer("1");
        var healed = new ArrayList<Duration>();
        for (int kill = 0; kill < 5; kill++) {
            var before = rig.host.pids("s");
            rig.editor.forget();
            long killed = System.nanoTime();
            kill();
            rig.editor.sentence("is ready");
            healed.add(Duration.ofNanos(System.nanoTime() - killed));
            assertThat(rig.host.pids("s")).hasSize(1).doesNotContainAnyElementsOf(before);
            request("" + (kill + 2), "textDocument/hover");
            assertThat(rig.editor.answer("" + (kill + 2)).get("result").toString()).contains("one");
        }
        // The median: the machine has others to serve too.
        assertThat(healed.stream().sorted().toList().get(2)).isLessThan(HEALED);
    }

    @Test
    void a_server_that_serves_nobody_is_given_up_with_a_sentence() throws Exception {
        Files.writeString(folder.resolve("fake.mjs"), "process.exit(7)");
        routed();
        open("one");
        request("1", "textDocument/hover");

        assertThat(code("1")).isEqualTo(LANGUAGE_UNAVAILABLE);
        assertThat(rig.editor.sentence("5 starts"))
                .isEqualTo(
                        "! The Fake language server stopped: it ended with code 7. It has served no"
                                + " request in 5 starts and is tried again with your next change"
                                + " after 60 seconds.");
        request("2", "textDocument/hover");
        assertThat(code("2")).isEqualTo(LANGUAGE_UNAVAILABLE);
        assertThat(rig.host.pids("s")).isEmpty();
    }

    @Test
    void what_it_had_registered_is_unregistered_and_its_progress_ended() {
        rig.host.open("s", "fake", ClientProfile.passThrough());
        rig.send(
                "s",
                "fake",
                """
                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"rootUri":"file:///home/ann","capabilities":{
                "window":{"workDoneProgress":true},"textDocument":{"hover":{"dynamicRegistration":true}}}}}
                """);
        rig.editor.answer("0");
        request(
                "1",
                "fake/ask",
                "{\"method\":\"client/registerCapability\",\"params\":{\"registrations\":[{\"id\":\"r\",\"method\":\"textDocument/hover\"}]}}");
        accept("client/registerCapability");
        request(
                "2",
                "fake/ask",
                "{\"method\":\"window/workDoneProgress/create\",\"params\":{\"token\":\"t\"}}");
        accept("window/workDoneProgress/create");
        rig.editor.answer("1");
        rig.editor.answer("2");
        kill();

        assertThat(rig.editor.notification("$/progress", _ -> true).toString())
                .isEqualTo("{\"token\":\"t\",\"value\":{\"kind\":\"end\"}}");
        assertThat(rig.editor.notification("client/unregisterCapability", _ -> true).toString())
                .isEqualTo(
                        "{\"unregisterations\":[{\"id\":\"r\",\"method\":\"textDocument/hover\"}]}");
        request("3", "textDocument/hover", "{}");
        assertThat(rig.editor.answer("3").has("result")).isTrue();
        assertThat(rig.editor.answers("0")).isEqualTo(1);
    }

    @Test
    void a_server_that_nobody_uses_is_stopped_and_comes_back_with_the_texts() throws Exception {
        rig.close();
        begin(1);
        routed();
        open("one");
        request("1", "textDocument/hover");
        rig.editor.answer("1");
        var process = ProcessHandle.of(rig.host.pids("s").getFirst()).orElseThrow();
        process.onExit().get(30, java.util.concurrent.TimeUnit.SECONDS);

        assertThat(rig.host.pids("s")).isEmpty();
        assertThat(rig.editor.sentences()).noneMatch(sentence -> sentence.startsWith("!"));
        request("2", "textDocument/hover");
        assertThat(rig.editor.answer("2").get("result").toString()).contains("one");
    }

    @Test
    void only_starts_that_served_nobody_count_and_what_heals_at_once_is_bounded() {
        var restartPolicy = new RestartPolicy();
        var waits = new ArrayList<Object>();
        for (int start = 1; start <= 6; start++) {
            waits.add(restartPolicy.ended(false, 0, start));
        }
        assertThat(waits)
                .containsExactly(
                        again(250),
                        again(500),
                        again(1_000),
                        again(2_000),
                        new RestartPolicy.Verdict.GivenUp(RestartPolicy.GIVEN_UP),
                        new RestartPolicy.Verdict.GivenUp(RestartPolicy.GIVEN_UP));
        for (int start = 0; start < RestartPolicy.AT_ONCE_STARTS_A_MINUTE; start++) {
            assertThat(restartPolicy.ended(true, 0, start)).isEqualTo(again(0));
        }
        assertThat(restartPolicy.ended(true, 0, 100)).isEqualTo(again(2_000));
        long minute = Duration.ofMinutes(2).toNanos();
        assertThat(restartPolicy.ended(false, minute, minute)).isEqualTo(again(0));
        assertThat(restartPolicy.ended(false, 0, minute)).isEqualTo(again(250));
    }

    private static RestartPolicy.Verdict again(int milliseconds) {
        return new RestartPolicy.Verdict.Again(Duration.ofMillis(milliseconds));
    }

    private void begin(int idleSeconds) throws Exception {
        var json = FAKE.replace("IDLE", Integer.toString(idleSeconds));
        rig = new LanguageRig(Declarations.of(json), true);
        if (Files.exists(folder.resolve("fake.mjs"))) {
            rig.add("fake", folder, false);
        } else {
            rig.workspace("fake", folder);
        }
    }

    private void routed() {
        rig.host.open("s", "fake", ClientProfile.routed(ClientFolders.one(null), "{}"));
    }

    /// Everything sent before has reached the server.
    private void settle() {
        request("\"settled\"", "fake/texts");
        rig.editor.answer("\"settled\"");
    }

    private void kill() {
        rig.host.pids("s").forEach(pid -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());
    }

    private void accept(String method) {
        var id =
                rig.editor
                        .first(message ->
                                message.has("id")
                                        && message.has("method")
                                        && message.get("method").getAsString().equals(method))
                        .get("id");
        rig.send("s", "fake", "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":null}");
    }

    private void open(String text) {
        rig.open("s", "fake", "file:///a.fake", "fake", text);
    }

    private void request(String id, String method) {
        request(id, method, "{\"textDocument\":{\"uri\":\"file:///a.fake\"}}");
    }

    private void request(String id, String method, String params) {
        rig.send(
                "s",
                "fake",
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":%s}"
                        .formatted(id, method, params));
    }

    private void change(String text) {
        var change = new JsonObject();
        change.addProperty("text", text);
        rig.send(
                "s",
                "fake",
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.fake\",\"version\":2},\"contentChanges\":["
                        + change
                        + "]}}");
    }

    private int code(String id) {
        return rig.editor.answer(id).getAsJsonObject("error").get("code").getAsInt();
    }
}

package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.language.lsp.MessageWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A language server that misbehaves: every request is answered exactly once, and the session
/// lives.
class LanguageFailuresTest {
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,
            "capabilities":{"hoverProvider":true},"initializationOptions":{},"configuration":{"a":{"b":[1]}}}]}
            """;
    private static final int LANGUAGE_STOPPED = 1303;
    private static final int SERVER_CANCELLED = -32802;
    private static final int REQUEST_CANCELLED = -32800;

    @TempDir Path folder;
    private LanguageRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new LanguageRig(Declarations.of(FAKE), true);
        rig.workspace("fake", folder);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void a_killed_server_answers_each_request_once_and_starts_again_with_the_texts() {
        routed();
        rig.open("s", "fake", "file:///a.fake", "fake", "one");
        change("two");
        request("1", "fake/silent");
        request("2", "fake/texts");
        rig.editor.answer("2");
        rig.host.pids("s").forEach(pid -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());

        assertThat(code("1")).isEqualTo(LANGUAGE_STOPPED);
        assertThat(rig.editor.sentence("! ")).contains("stopped");
        request("3", "fake/texts");
        assertThat(rig.editor.answer("3").toString())
                .contains("{\\\"file:///workspaces/fake/a.fake\\\":\\\"two\\\"}");
        assertThat(rig.editor.answers("1")).isEqualTo(1);
        assertThat(rig.editor.answers("2")).isEqualTo(1);
    }

    @Test
    void a_server_that_prints_garbage_is_stopped_with_one_sentence() {
        routed();
        request("1", "fake/garbage");

        assertThat(code("1")).isEqualTo(LANGUAGE_STOPPED);
        assertThat(rig.editor.sentence("! ")).contains("printed something that is no message");
    }

    @Test
    void a_message_that_is_no_json_costs_a_sentence_only() {
        routed();
        request("1", "fake/malformed");

        assertThat(rig.editor.answer("1").has("result")).isTrue();
        assertThat(rig.editor.sentence("! ")).contains("cannot be read");
    }

    @Test
    void a_cancelled_request_is_answered_with_the_clients_own_id() {
        routed();
        request("\"x\"", "fake/silent");
        rig.send("s", "fake", MessageWriter.cancel("\"x\""));

        assertThat(code("\"x\"")).isEqualTo(REQUEST_CANCELLED);
        assertThat(rig.editor.answers("\"x\"")).isEqualTo(1);
    }

    @Test
    void more_than_256_open_requests_are_given_up() {
        routed();
        for (int id = 1; id <= 257; id++) {
            request(Integer.toString(id), "fake/silent");
        }

        assertThat(code("257")).isEqualTo(SERVER_CANCELLED);
        assertThat(rig.editor.answers("256")).isZero();
    }

    @Test
    void what_a_server_requests_is_answered_in_the_editors_place() {
        routed();
        assertThat(ask("1", "markdown/parse", "{}")).isEqualTo("{\"result\":null}");
        assertThat(ask("2", "workspace/diagnostic/refresh", "{}")).isEqualTo("{\"result\":null}");
        assertThat(ask("3", "workspace/applyEdit", "{}"))
                .isEqualTo("{\"result\":{\"applied\":false}}");
        assertThat(
                        ask(
                                "4",
                                "workspace/configuration",
                                "{\"items\":[{\"section\":\"a.b\"},{\"section\":\"c\"}]}"))
                .isEqualTo("{\"result\":[[1],null]}");
    }

    @Test
    void a_request_that_the_server_does_not_announce_is_answered_at_once() {
        routed();
        request("1", "textDocument/rename");

        assertThat(rig.editor.answer("1").get("result").isJsonNull()).isTrue();
    }

    @Test
    void in_pass_through_the_clients_capabilities_decide_what_reaches_it() {
        rig.host.open("s", "fake", ClientProfile.passThrough());
        request("0", "fake/texts");
        rig.send(
                "s",
                "fake",
                """
                {"jsonrpc":"2.0","id":"i","method":"initialize","params":{"processId":4711,
                "rootUri":"file:///home/ann","locale":"de","initializationOptions":{"python":"/bin/evil"},
                "capabilities":{"workspace":{"applyEdit":true}}}}
                """);
        var told = rig.editor.answer("\"i\"").toString();
        request("1", "fake/ask", "{\"method\":\"workspace/applyEdit\",\"params\":{}}");
        var asked =
                rig.editor
                        .first(message -> message.has("method") && message.has("id"))
                        .get("id")
                        .toString();
        rig.send(
                "s",
                "fake",
                "{\"jsonrpc\":\"2.0\",\"id\":" + asked + ",\"result\":{\"applied\":true}}");

        assertThat(code("0")).isEqualTo(-32002);
        assertThat(told)
                .contains("\"rootUri\":\"file:///home/ann\"", "\"locale\":\"de\"")
                .doesNotContain("evil", "4711", "/workspace");
        assertThat(rig.editor.answer("1").get("result").toString())
                .isEqualTo("{\"result\":{\"applied\":true}}");
        assertThat(ask("2", "window/workDoneProgress/create", "{}")).isEqualTo("{\"result\":null}");
    }

    @Test
    void a_closed_session_leaves_no_process() throws Exception {
        routed();
        request("1", "fake/texts");
        rig.editor.answer("1");
        var processes =
                rig.host.pids("s").stream()
                        .map(pid -> ProcessHandle.of(pid).orElseThrow())
                        .toList();
        assertThat(processes).hasSize(1);
        rig.host.close("s");

        for (var process : processes) {
            process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
        }
        assertThat(rig.host.pids("s")).isEmpty();
    }

    @Test
    void a_session_closed_while_its_server_starts_leaves_no_process() throws Exception {
        routed();
        request("1", "fake/texts");
        rig.close();

        var left =
                ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(folder.toString()))
                        .toList();
        for (var process : left) {
            assertThat(process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void the_servers_of_a_workspace_hear_what_became_of_its_files() {
        routed();
        request("1", "fake/texts");
        rig.editor.answer("1");
        rig.host.fileChanged("another", "b.fake", FileEvent.CHANGED);
        rig.host.fileChanged("fake", "a b/\u00E4.fake", FileEvent.CREATED);
        rig.host.fileChanged("fake", "gone.fake", FileEvent.DELETED);
        for (int id = 2; ; id++) {
            request("" + id, "fake/changed");
            var changed =
                    rig.editor.answer("" + id).getAsJsonObject("result").getAsJsonArray("changed");
            if (changed.size() == 2) {
                // The answer is told with the client's root again.
                assertThat(changed.toString())
                        .isEqualTo(
                                "[{\"uri\":\"file:///a%20b/%C3%A4.fake\",\"type\":1},"
                                        + "{\"uri\":\"file:///gone.fake\",\"type\":3}]");
                return;
            }
            assertThat(id).isLessThan(1_000);
        }
    }

    @Test
    void a_server_that_takes_whole_texts_alone_is_told_whole_texts() {
        routed();
        rig.open("s", "fake", "file:///a.fake", "fake", "one\ntwo\n");
        rig.send(
                "s",
                "fake",
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.fake\",\"version\":2},\"contentChanges\":["
                        + "{\"range\":{\"start\":{\"line\":1,\"character\":1},\"end\":{\"line\":1,\"character\":3}},\"text\":\"en\"}]}}");
        request("1", "fake/texts");

        assertThat(rig.editor.answer("1").toString()).contains("one\\\\nten\\\\n");
    }

    private void routed() {
        rig.host.open("s", "fake", ClientProfile.routed(ClientFolders.one(null), "{}"));
    }

    private void request(String id, String method) {
        request(id, method, "{}");
    }

    private void request(String id, String method, String params) {
        rig.send(
                "s",
                "fake",
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + id
                        + ",\"method\":\""
                        + method
                        + "\",\"params\":"
                        + params
                        + "}");
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

    /// Lets the server request something and returns the answer that it got.
    private String ask(String id, String method, String params) {
        request(id, "fake/ask", "{\"method\":\"" + method + "\",\"params\":" + params + "}");
        return rig.editor.answer(id).get("result").toString();
    }

    private int code(String id) {
        return rig.editor.answer(id).getAsJsonObject("error").get("code").getAsInt();
    }
}

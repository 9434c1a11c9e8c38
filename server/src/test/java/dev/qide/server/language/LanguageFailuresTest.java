package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.qide.wire.JsonRpcWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    private static final int CONTENT_MODIFIED = -32801;
    private static final int INTERNAL_ERROR = -32603;
    private static final int MESSAGE_TOO_LARGE = 1205;
    private static final String HOVER = "textDocument/hover";

    @RegisterExtension final FakeLanguageServer server = FakeLanguageServer.of(FAKE);

    @Test
    void a_killed_server_answers_each_request_once_and_starts_again_with_the_texts() {
        server.routed();
        server.open("one");
        server.change("two");
        server.request("1", "fake/silent");
        server.request("2", "fake/texts");
        server.editor().answer("2");
        server.fixture()
                .host
                .pids("s")
                .forEach(pid -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());

        assertThat(server.errorCode("1")).isEqualTo(LANGUAGE_STOPPED);
        assertThat(server.editor().sentence("! ")).contains("stopped");
        server.request("3", "fake/texts");
        assertThat(server.editor().answer("3").toString())
                .contains("{\\\"file:///workspaces/fake/a.fake\\\":\\\"two\\\"}");
        assertThat(server.editor().answers("1")).isEqualTo(1);
        assertThat(server.editor().answers("2")).isEqualTo(1);
    }

    /// Editors show an internal error to the person, who only typed or closed a file.
    @Test
    void an_internal_error_about_a_text_that_has_changed_is_no_failure() {
        server.routed();
        server.open("one");
        server.request("1", "fake/fail");
        assertThat(server.errorCode("1")).isEqualTo(INTERNAL_ERROR);
        server.request(
                "2",
                "textDocument/hover",
                "{\"textDocument\":{\"uri\":\"file:///a.fake\"},\"failsAtChange\":true}");
        // It may have done something, so that its sentence is for the person.
        server.request("3", "fake/failAtChange");
        server.change("two");

        assertThat(server.errorCode("2")).isEqualTo(CONTENT_MODIFIED);
        assertThat(server.errorCode("3")).isEqualTo(INTERNAL_ERROR);
    }

    @Test
    void a_server_that_prints_garbage_is_stopped_with_one_sentence() {
        server.routed();
        server.request("1", "fake/garbage");

        assertThat(server.errorCode("1")).isEqualTo(LANGUAGE_STOPPED);
        assertThat(server.editor().sentence("! ")).contains("its output is not an LSP message");
    }

    @Test
    void a_message_that_is_not_json_is_only_reported() {
        server.routed();
        server.request("1", "fake/malformed");

        assertThat(server.editor().answer("1").has("result")).isTrue();
        assertThat(server.editor().sentence("! ")).contains("cannot be parsed");
    }

    /// The beginning of a long response is read before its rest.
    @ParameterizedTest
    @ValueSource(strings = {"]", "],\"method\":\"fake/other\"}"})
    void a_long_response_that_is_none_is_an_error_of_its_request(String end) {
        server.routed();
        var list = "[\"" + "a".repeat(100_000) + "\"" + end;
        server.request("1", "fake/malformedAnswer", "{\"result\":" + new JsonPrimitive(list) + "}");

        assertThat(server.errorCode("1")).isEqualTo(SERVER_CANCELLED);
        assertThat(server.editor().sentence("! ")).contains("cannot be parsed");
        server.request("2", "fake/texts");
        assertThat(server.editor().answer("2").has("result")).isTrue();
        assertThat(server.editor().answers("1")).isEqualTo(1);
    }

    /// Of a long chain of calls, for instance, in which each selection has the next one as its
    /// parent. The second form is that of Go's servers.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":ID,\"result\":RESULT}",
                "{\"jsonrpc\":\"2.0\",\"result\":RESULT,\"id\":ID}"
            })
    void a_result_that_is_nested_too_deeply_is_a_failure_of_its_request_alone(String form) {
        server.routed();
        for (int id = 1; id <= 12; id++) {
            var deep = form.replace("RESULT", nested(id == 12 ? 253 : 1_000));
            server.request("" + id, HOVER, "{\"text\":" + new JsonPrimitive(deep) + "}");
            server.editor().answer("" + id);
        }

        for (int id = 1; id <= 11; id++) {
            assertThat(server.errorCode("" + id)).isEqualTo(MESSAGE_TOO_LARGE);
            assertThat(server.editor().answers("" + id)).isEqualTo(1);
        }
        assertThat(server.editor().answer("12").get("result").toString()).isEqualTo(nested(253));
        assertThat(server.editor().sentences())
                .noneMatch(sentence -> sentence.contains("parsed") || sentence.contains("stopped"));
    }

    @Test
    void a_deep_result_about_a_text_that_has_changed_is_a_failure_of_its_request() {
        server.routed();
        server.open("one");
        var text =
                "{\"jsonrpc\":\"2.0\",\"id\":ID,\"result\":[-32603,%s]}".formatted(nested(1_000));
        server.request("1", HOVER, "{\"textAtChange\":" + new JsonPrimitive(text) + "}");
        server.change("two");

        assertThat(server.errorCode("1")).isEqualTo(MESSAGE_TOO_LARGE);
    }

    private static String nested(int levels) {
        return "[".repeat(levels) + "]".repeat(levels);
    }

    @Test
    void a_cancelled_request_is_answered_with_the_clients_own_id() {
        server.routed();
        server.request("\"x\"", "fake/silent");
        server.send(JsonRpcWriter.cancel("\"x\""));

        assertThat(server.errorCode("\"x\"")).isEqualTo(REQUEST_CANCELLED);
        assertThat(server.editor().answers("\"x\"")).isEqualTo(1);
    }

    @Test
    void more_than_256_open_requests_are_given_up() {
        server.routed();
        for (int id = 1; id <= 257; id++) {
            server.request(Integer.toString(id), "fake/silent");
        }

        assertThat(server.errorCode("257")).isEqualTo(SERVER_CANCELLED);
        assertThat(server.editor().answers("256")).isZero();
    }

    @Test
    void requests_of_a_server_are_answered_for_the_editor() {
        server.routed();
        assertThat(ask("1", "markdown/parse", "{}")).isEqualTo("{\"result\":null}");
        assertThat(ask("2", "workspace/diagnostic/refresh", "{}")).isEqualTo("{\"result\":null}");
        assertThat(ask("3", "workspace/applyEdit", "{}"))
                .isEqualTo("{\"result\":{\"applied\":false}}");
        assertThat(
                        ask(
                                "5",
                                "client/registerCapability",
                                "{\"registrations\":[{\"id\":\"r\",\"method\":\"workspace/didChangeWorkspaceFolders\"}]}"))
                .isEqualTo("{\"result\":null}");
        assertThat(
                        ask(
                                "4",
                                "workspace/configuration",
                                "{\"items\":[{\"section\":\"a.b\"},{\"section\":\"c\"}]}"))
                .isEqualTo("{\"result\":[[1],null]}");
    }

    @Test
    void a_request_that_the_server_does_not_announce_is_answered_at_once() {
        server.routed();
        server.request("1", "textDocument/rename");

        assertThat(server.editor().answer("1").get("result").isJsonNull()).isTrue();
    }

    @Test
    void in_pass_through_the_clients_capabilities_decide_what_reaches_it() {
        server.fixture().host.open("s", "fake", ClientProfile.passThrough());
        server.request("0", "fake/texts");
        server.send(
                """
                {"jsonrpc":"2.0","id":"i","method":"initialize","params":{"processId":4711,
                "rootUri":"file:///home/ann","locale":"de","initializationOptions":{"python":"/bin/evil"},
                "InitializationOptions":{"python":"/bin/evil"},
                "capabilities":{"workspace":{"applyEdit":true}}}}
                """);
        var told = server.editor().answer("\"i\"").toString();
        server.request("1", "fake/ask", "{\"method\":\"workspace/applyEdit\",\"params\":{}}");
        var asked =
                server.editor()
                        .first(message -> message.has("method") && message.has("id"))
                        .get("id")
                        .toString();
        assertThat(asked).as("no other session's").matches("\"qide:fake:[0-9a-f-]{36}-1\"");
        server.send("{\"jsonrpc\":\"2.0\",\"id\":" + asked + ",\"result\":{\"applied\":true}}");

        assertThat(server.errorCode("0")).isEqualTo(-32002);
        assertThat(told)
                .contains("\"rootUri\":\"file:///home/ann\"", "\"locale\":\"de\"")
                .doesNotContain("evil", "4711", "/workspace");
        assertThat(server.editor().answer("1").get("result").toString())
                .isEqualTo("{\"result\":{\"applied\":true}}");
        assertThat(ask("2", "window/workDoneProgress/create", "{}")).isEqualTo("{\"result\":null}");
    }

    @Test
    void in_pass_through_positions_are_in_utf_16_and_each_method_has_its_own_capability() {
        server.fixture().host.open("s", "fake", ClientProfile.passThrough());
        server.send(
                """
                {"jsonrpc":"2.0","id":"i","method":"initialize","params":{
                "capabilities":{"offsetEncoding":["utf-8"],
                "general":{"positionEncodings":["utf-8","utf-16"],"markdown":{"parser":"x"}},
                "textDocument":{"synchronization":{"dynamicRegistration":true},
                "callHierarchy":{"dynamicRegistration":true},"colorProvider":{"dynamicRegistration":true}},
                "workspace":{"fileOperations":{"dynamicRegistration":true},"workspaceFolders":true}}}}
                """);
        var told = server.editor().answer("\"i\"").toString();
        assertThat(told)
                .contains("\"positionEncodings\":[\"utf-16\"]", "\"parser\":\"x\"")
                .doesNotContain("utf-8", "offsetEncoding");

        int request = 1;
        for (var method :
                List.of(
                        "textDocument/didSave",
                        "textDocument/prepareCallHierarchy",
                        "textDocument/documentColor",
                        "workspace/willRenameFiles",
                        "workspace/didChangeWorkspaceFolders")) {
            server.request(
                    "" + request++,
                    "fake/ask",
                    "{\"method\":\"client/registerCapability\",\"params\":{\"registrations\":[{\"id\":\"r\",\"method\":\"METHOD\"}]}}"
                            .replace("METHOD", method));
            assertThat(server.editor().first(message -> message.toString().contains(method)))
                    .as(method)
                    .isNotNull();
        }
    }

    @Test
    void a_closed_session_leaves_no_process() throws Exception {
        server.routed();
        server.request("1", "fake/texts");
        server.editor().answer("1");
        var processes =
                server.fixture().host.pids("s").stream()
                        .map(pid -> ProcessHandle.of(pid).orElseThrow())
                        .toList();
        assertThat(processes).hasSize(1);
        server.fixture().host.close("s");

        for (var process : processes) {
            process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
        }
        assertThat(server.fixture().host.pids("s")).isEmpty();
    }

    @Test
    void a_session_closed_while_its_server_starts_leaves_no_process() throws Exception {
        server.routed();
        server.request("1", "fake/texts");
        server.fixture().close();

        var left =
                ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info()
                                        .commandLine()
                                        .orElse("")
                                        .contains(server.folder().toString()))
                        .toList();
        for (var process : left) {
            assertThat(process.onExit().get(10, java.util.concurrent.TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void the_servers_of_a_workspace_are_notified_of_changed_files() {
        server.routed();
        server.request("1", "fake/texts");
        server.editor().answer("1");
        server.fixture().host.fileChanged("another", "b.fake", FileEvent.CHANGED);
        server.fixture().host.fileChanged("fake", "a b/\u00E4.fake", FileEvent.CREATED);
        server.fixture().host.fileChanged("fake", "gone.fake", FileEvent.DELETED);
        for (int id = 2; ; id++) {
            server.request("" + id, "fake/changed");
            var changed =
                    server.editor()
                            .answer("" + id)
                            .getAsJsonObject("result")
                            .getAsJsonArray("changed");
            if (changed.size() == 2) {
                // The answer has the client's root again.
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
    void a_server_receives_initialized_before_changed_files() {
        server.fixture().host.open("s", "fake", ClientProfile.passThrough());
        server.request(
                "0", "initialize", "{\"processId\":null,\"rootUri\":null,\"capabilities\":{}}");
        server.editor().answer("0");
        server.fixture().host.fileChanged("fake", "a.fake", FileEvent.CHANGED);
        server.send("{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");

        server.request("1", "fake/notified");
        assertThat(server.editor().answer("1").get("result").toString())
                .startsWith("[\"initialized\"")
                .contains("workspace/didChangeWatchedFiles");
    }

    @Test
    void a_server_with_full_sync_receives_whole_texts() {
        server.routed();
        server.open("one\ntwo\n");
        server.send(
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.fake\",\"version\":2},\"contentChanges\":["
                        + "{\"range\":{\"start\":{\"line\":1,\"character\":1},\"end\":{\"line\":1,\"character\":3}},\"text\":\"en\"}]}}");
        server.request("1", "fake/texts");

        assertThat(server.editor().answer("1").toString()).contains("one\\\\nten\\\\n");
    }

    /// Lets the server request something and returns the answer that it got.
    private String ask(String id, String method, String params) {
        server.request(id, "fake/ask", "{\"method\":\"" + method + "\",\"params\":" + params + "}");
        return server.editor().answer(id).get("result").toString();
    }
}

package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.JsonRpcWriter;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Requests that a language server may answer after more than its `answerSeconds`, here three
/// seconds: those that the protocol lets it hold, and those of which it reports progress.
class HeldRequestsTest {
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs","held"],"runsProjectCode":true,
            "limits":{"answerSeconds":3},"capabilities":{"hoverProvider":true}}]}
            """;
    private static final int SERVER_CANCELLED = -32802;
    private static final int HELD_REQUESTS = 16;
    private static final String PARAMS = "{\"previousResultIds\":[],\"partialResultToken\":\"d\"}";

    @RegisterExtension final FakeLanguageServer server = FakeLanguageServer.of(FAKE);

    @BeforeEach
    void open() {
        initialize("s");
        initialize("clock");
    }

    @Test
    void a_held_request_is_no_hang() {
        server.request("1", "workspace/diagnostic", PARAMS);
        var pids = server.fixture().host.pids("s");
        passLimit("one");

        assertThat(server.editor().answers("1")).isZero();
        assertThat(server.fixture().host.pids("s")).isEqualTo(pids).isNotEmpty();
        server.request("3", "fake/release", "{}");
        assertThat(server.editor().answer("1").get("result").toString())
                .isEqualTo("{\"items\":[]}");
        assertThat(server.editor().answers("1")).isEqualTo(1);
    }

    @Test
    void a_server_that_holds_a_request_is_restarted_for_another_one() {
        server.request("1", "workspace/diagnostic", PARAMS);
        server.request("2", "fake/silent", "{}");

        assertThat(server.editor().sentence("! ")).contains("has not answered its requests");
        assertThat(server.errorCode("1")).isEqualTo(server.errorCode("2"));
    }

    @Test
    void a_server_holds_at_most_16_requests() {
        for (int id = 0; id <= HELD_REQUESTS; id++) {
            server.request("" + id, "workspace/diagnostic", PARAMS);
        }
        var pids = server.fixture().host.pids("s");

        assertThat(server.errorCode("0")).isEqualTo(SERVER_CANCELLED);
        passLimit("many");
        assertThat(server.editor().answers("1")).isZero();
        assertThat(server.fixture().host.pids("s")).isEqualTo(pids);
    }

    @Test
    void a_held_request_that_the_client_cancels_ends_in_time() throws Exception {
        Files.createFile(server.folder().resolve("stubborn-held"));
        server.request("1", "workspace/diagnostic", PARAMS);
        server.send(JsonRpcWriter.cancel("1"));

        assertThat(server.errorCode("1")).isEqualTo(SERVER_CANCELLED);
    }

    @Test
    void a_request_with_progress_is_waited_for() {
        server.request("1", "workspace/symbol", "{\"query\":\"\",\"partialResultToken\":7}");

        assertThat(server.editor().answer("1").get("result").toString()).isEqualTo("[]");
        var last =
                server.editor()
                        .notification(
                                "$/progress", params -> params.toString().contains("part 15"));
        assertThat(last.get("token").getAsInt()).isEqualTo(7);
    }

    /// Another session's server leaves two requests unanswered for as long as it may.
    private void passLimit(String id) {
        for (var own : List.of("\"clock " + id + "\"", "\"again " + id + "\"")) {
            server.fixture().send("clock", "fake", request(own, "fake/silent", "{}"));
            assertThat(server.errorCode(own)).isNotZero();
        }
    }

    private void initialize(String session) {
        server.fixture().host.open(session, "fake", ClientProfile.passThrough());
        var id = "\"" + session + "\"";
        var params = "{\"processId\":null,\"rootUri\":\"file:///home/ann\",\"capabilities\":{}}";
        server.fixture().send(session, "fake", request(id, "initialize", params));
        assertThat(server.editor().answer(id).has("result")).isTrue();
    }

    private static String request(String id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":%s}"
                .formatted(id, method, params);
    }
}

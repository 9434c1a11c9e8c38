package dev.qide.server.session;

import static dev.qide.server.TestClient.errorCode;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.yjs.Lib0Decoder;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One editor's conversation on `/ws/{ws}`, over a real server and real language servers.
class SessionTest {
    private static final String MAIN =
            """
            from greeting import greet

            message: str = greet("Ann")
            number: int = message
            message.up
            """;
    private static final String GREETING =
            """
            def greet(name: str) -> str:
                return "hello " + name
            """;

    private static final int SYNC = 0;
    private static final int AUTH = 2;

    @TempDir static Path workspace;
    private static TestServer server;

    private TestClient client;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(
                workspace.resolve("pyrightconfig.json"), "{\"typeCheckingMode\":\"standard\"}");
        Files.writeString(workspace.resolve("Main.py"), MAIN);
        Files.writeString(workspace.resolve("greeting.py"), GREETING);
        Files.writeString(workspace.resolve("notes.txt"), "nothing to say about\n");
        server = TestServer.start(workspace);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = another();
    }

    @AfterEach
    void leave() {
        client.close();
    }

    @Test
    void initialize_is_answered_first_with_what_all_language_servers_can_do_together() {
        int id = client.ask("initialize", "{'processId':null,'rootUri':null,'capabilities':{}}");
        var first = client.await(_ -> true);

        assertThat(first.get("id").getAsInt()).isEqualTo(id);
        var result = first.getAsJsonObject("result");
        assertThat(result.getAsJsonObject("serverInfo").get("name").getAsString())
                .isEqualTo("Q-IDE");
        var capabilities = result.getAsJsonObject("capabilities");
        assertThat(capabilities.keySet())
                .contains("hoverProvider", "completionProvider", "definitionProvider")
                .doesNotContain("inlineCompletionProvider");
        assertThat(capabilities.get("positionEncoding").getAsString()).isEqualTo("utf-16");
        // Python's and TypeScript's own triggers.
        assertThat(capabilities.getAsJsonObject("completionProvider").get("triggerCharacters"))
                .asString()
                .contains("\"[\"", "\"@\"");
    }

    @Test
    void a_request_before_initialize_is_refused_and_a_notification_dropped() {
        client.open("file:///Main.py", "python", MAIN);

        assertThat(errorCode(client.answer("textDocument/hover", hoverOf("file:///Main.py"))))
                .isEqualTo(-32002);
        assertThat(errorCode(client.answer("nonsense", "{}"))).isEqualTo(-32002);
        client.initialize(null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                          | -32700",
                "``                                         | -32700",
                "{'jsonrpc':'2.0','id':1,'method':'a'}      | -32700",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"} {} | -32700",
                "{\"a\":1,}                                 | -32700",
                "{\"jsonrpc\":\"2.0\",\"id\":NaN,\"method\":\"a\"} | -32700",
                "[]                                         | -32600",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}] | -32600",
                "\"text\"                                   | -32600",
                "null                                       | -32600",
                "{}                                         | -32600",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}   | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}  | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":{}}      | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1}                    | -32600",
            })
    void a_malformed_message_is_answered_without_an_id_and_the_socket_stays(String text, int code) {
        client.text(text);
        var answer = client.await(_ -> true);

        assertThat(errorCode(answer)).isEqualTo(code);
        assertThat(answer.get("id").isJsonNull()).isTrue();
        client.initialize(null);
    }

    @Test
    void a_message_nested_without_end_is_answered_and_the_socket_stays() {
        var deep = "[".repeat(100_000);
        client.text("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"initialize\",\"params\":" + deep);
        assertThat(errorCode(client.await(_ -> true))).isEqualTo(-32700);
        client.text(
                "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"initialize\",\"params\":{\"a\":"
                        + "[".repeat(2_000)
                        + "]".repeat(2_000)
                        + "}}");
        assertThat(errorCode(client.await(_ -> true))).isIn(-32700, -32602);
        client.initialize(null);
    }

    @Test
    void an_unknown_method_is_answered_with_method_not_found() {
        client.initialize(null);

        assertThat(errorCode(client.answer("qide/nonsense", "{}"))).isEqualTo(-32601);
        assertThat(errorCode(client.answer("qide/nonsense", hoverOf("file:///notes.txt"))))
                .isEqualTo(-32601);
        assertThat(errorCode(client.answer("nonsense", "null"))).isEqualTo(-32601);
    }

    @Test
    void the_id_of_an_answer_is_the_literal_of_its_request() {
        client.initialize(null);
        for (var id : new String[] {"\"seven\"", "\"7\"", "7", "-1", "1.5", "\"\\u0022\""}) {
            client.text("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"nonsense\"}");
            var answer = client.await(message -> message.has("error"));

            assertThat(answer.get("id")).isEqualTo(com.google.gson.JsonParser.parseString(id));
        }
    }

    @Test
    void a_second_initialize_is_refused() {
        client.initialize(null);

        assertThat(errorCode(client.answer("initialize", "{'capabilities':{}}"))).isEqualTo(-32600);
    }

    @Test
    void after_shutdown_every_request_is_refused_and_exit_closes_the_socket() {
        client.initialize(null);

        assertThat(client.result("shutdown", "null").isJsonNull()).isTrue();
        assertThat(errorCode(client.answer("textDocument/hover", hoverOf("file:///Main.py"))))
                .isEqualTo(-32600);
        assertThat(errorCode(client.answer("shutdown", "null"))).isEqualTo(-32600);
        client.tell("exit", "null");
        assertThat(client.closeCode()).isEqualTo(1000);
    }

    @Test
    void exit_closes_the_socket_of_a_client_that_never_initialized() {
        client.tell("exit", "null");

        assertThat(client.closeCode()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({
        "/ws/nowhere,404",
        "/lsp/nowhere/python,404",
        "/lsp/demo/cobol,404",
        "/ws/,404",
        "/ws/demo/more,404"
    })
    void a_workspace_or_language_that_is_not_there_is_refused_at_the_handshake(
            String path, int status) {
        assertThatThrownBy(() -> TestClient.connect(server.ws(path), server.token()))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refusal ->
                                assertThat(refusal.getResponse().statusCode()).isEqualTo(status));
    }

    @Test
    void a_client_is_sent_no_kind_of_frame_that_it_has_not_sent_itself() throws Exception {
        client.initialize(null);
        try (var documents = another()) {
            documents.authenticate("notes.txt", "");
            documents.requestContent("notes.txt");
            next(documents, AUTH);
            next(documents, SYNC);

            assertThat(put("saved.txt")).isEqualTo(201);
            var saved = client.await(message -> isNotification(message, "qide/fileSaved"));

            assertThat(saved.getAsJsonObject("params").get("path").getAsString())
                    .isEqualTo("saved.txt");
            documents.requestContent("notes.txt");
            next(documents, SYNC);
            assertThat(documents.unread()).isZero();
            assertThat(client.unreadFrames()).isZero();
        }
    }

    @Test
    void a_plain_text_file_is_not_an_error() {
        client.initialize(null);
        client.open("file:///notes.txt", "plaintext", "nothing to say about\n");

        assertThat(client.result("textDocument/hover", hoverOf("file:///notes.txt")).isJsonNull())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"file:///home/ann/My%20Project", "''"})
    void python_diagnostics_completion_and_definition_work_whatever_the_clients_root(String root) {
        client.initialize(root.isEmpty() ? null : root);
        var base = root.isEmpty() ? "file://" : root;
        var main = base + "/Main.py";
        client.open(main, "python", MAIN);

        var diagnostics = client.diagnostics(main, found -> !found.isEmpty());
        assertThat(diagnostics.toString()).contains("\\\"str\\\" is not assignable");
        assertThat(client.result("textDocument/completion", at(main, 4, 10)).toString())
                .contains("\"label\":\"upper\"");
        assertThat(client.result("textDocument/definition", at(main, 2, 16)).toString())
                .contains("\"" + base + "/greeting.py\"")
                .doesNotContain(workspace.toString());
    }

    @Test
    void a_pending_request_that_is_cancelled_is_answered_once() {
        client.initialize(null);
        client.open("file:///Main.py", "python", MAIN);
        // The language server is being started, so this request waits.
        int id = client.ask("textDocument/hover", hoverOf("file:///Main.py"));
        client.tell("$/cancelRequest", "{'id':" + id + "}");
        var answer = client.await(message -> isAnswerTo(message, id));

        // On a busy machine the server may be faster; `AuxiliaryServersTest` cancels at a silent
        // one.
        if (!answer.has("result")) {
            assertThat(errorCode(answer)).isEqualTo(-32800);
        }
        // The next answer of the same server comes behind a second one to the first, if there was.
        int later = client.ask("textDocument/hover", hoverOf("file:///Main.py"));
        var next = client.await(message -> isAnswerTo(message, id) || isAnswerTo(message, later));
        assertThat(isAnswerTo(next, later)).isTrue();
    }

    @Test
    void cancelling_an_unknown_request_changes_nothing() {
        client.initialize(null);
        client.tell("$/cancelRequest", "{'id':99}");
        client.tell("$/cancelRequest", "{}");

        assertThat(errorCode(client.answer("nonsense", "{}"))).isEqualTo(-32601);
        assertThat(client.unreadAnswers()).isZero();
    }

    private static TestClient another() {
        return TestClient.connect(server.ws("/ws/demo"), server.token());
    }

    private static String hoverOf(String uri) {
        return at(uri, 0, 1);
    }

    private static String at(String uri, int line, int character) {
        return "{'textDocument':{'uri':'%s'},'position':{'line':%d,'character':%d}}"
                .formatted(uri, line, character);
    }

    private static boolean isAnswerTo(JsonObject message, int id) {
        return message.has("id")
                && !message.has("method")
                && message.get("id").toString().equals(Integer.toString(id));
    }

    private static int put(String path) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(
                                            server.http("/api/workspaces/demo/files/" + path))
                                    .header("Authorization", "Bearer " + server.token())
                                    .header("If-None-Match", "*")
                                    .PUT(HttpRequest.BodyPublishers.ofString("text\n"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    /// Waits for a frame of this type.
    private static void next(TestClient client, int type) {
        int found = -1;
        while (found != type) {
            var frame = client.frame();
            if (frame.length > 1) {
                var in = new Lib0Decoder(frame);
                assertThat(in.readVarString()).isEqualTo("notes.txt");
                found = (int) in.readVarUint();
            }
        }
    }
}

package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.TcpProxy;
import dev.qide.server.TestServer;
import dev.qide.server.cli.relay.Endpoint;
import dev.qide.server.cli.relay.StdioRelay;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An editor behind `qide lsp` goes on after its connection was lost.
class LspReconnectTest {
    private static final String FILE = "file:///home/ann/a.py";
    private static final int CONTENT_MODIFIED = -32801;
    private static final Duration WITHIN = Duration.ofMinutes(1);

    /// A relay waits longer for an answer.
    private static final Duration SOON = Duration.ofSeconds(30);

    /// Answers of the server that arrive.
    private static final int NOTHING = 0;

    private static final int HANDSHAKE = 1;

    @TempDir static Path folder;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(Files.createDirectory(folder.resolve("workspace")));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void the_server_knows_the_texts_as_they_are_after_a_lost_connection() throws Exception {
        try (var line = new TcpProxy(server.http("").getPort());
                var editor = editor(line, server.token())) {
            editor.initialize("{}");
            editor.open(FILE, "import os\n");
            insert(editor, 2, 1, "os.getcwd()\n");
            assertThat(hover(editor, 1).toString()).contains("getcwd");

            line.cut();
            insert(editor, 3, 2, "os.getpid()\n");
            assertThat(refused(editor)).isEqualTo(CONTENT_MODIFIED);
            insert(editor, 4, 3, "os.getppid()\n");
            line.mend();

            awaitHover(editor, 3, "getppid");
            assertThat(hover(editor, 2).toString()).contains("getpid");
            insert(editor, 5, 4, "os.getuid()\n");
            assertThat(hover(editor, 4).toString()).contains("getuid");
        }
    }

    @Test
    void a_connection_that_ends_before_it_is_initialized_is_replaced_at_once() throws Exception {
        try (var line = new TcpProxy(server.http("").getPort());
                var editor = editor(line, server.token())) {
            editor.initialize("{}");
            editor.open(FILE, "import os\nos.getcwd()\n");
            line.cut();
            line.mendFor(HANDSHAKE);

            long start = System.nanoTime();
            assertThat(refused(editor)).isEqualTo(CONTENT_MODIFIED);
            line.cut();
            line.mend();
            awaitHover(editor, 1, "getcwd");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        }
    }

    @Test
    void the_relay_ends_with_an_editor_that_leaves_while_it_connects_again() throws Exception {
        for (int answers : new int[] {HANDSHAKE, NOTHING}) {
            try (var line = new TcpProxy(server.http("").getPort())) {
                var editor = editor(line, server.token());
                editor.initialize("{}");
                line.cut();
                line.mendFor(answers);

                var closed = CompletableFuture.runAsync(() -> close(editor));
                awaitInputEnd();
                if (answers == NOTHING) {
                    line.mend();
                }

                assertThat(closed).as("after " + answers).succeedsWithin(SOON);
            }
        }
    }

    @Test
    void a_person_is_told_of_a_long_outage_and_of_its_end() throws Exception {
        try (var line = new TcpProxy(server.http("").getPort());
                var editor = editor(line, server.token())) {
            editor.initialize("{}");
            line.cut();
            assertThat(shown(editor)).contains("is lost").contains("connecting again");
            line.mend();
            assertThat(shown(editor)).contains("again");
        }
    }

    @Test
    void a_document_that_the_server_does_not_take_leaves_the_others_alone() throws Exception {
        var large = "file:///home/ann/large.json";
        try (var line = new TcpProxy(server.http("").getPort());
                var editor = editor(line, server.token())) {
            editor.initialize("{}");
            editor.open(FILE, "import os\nos.getcwd()\n");
            editor.open(large, "x".repeat(9 << 20));
            assertThat(shown(editor)).contains(large, "8 MiB");
            assertThat(editor.ask("textDocument/hover", StdioEditor.at(large, 0, 1)).isJsonNull())
                    .isTrue();
            assertThat(hover(editor, 1).toString()).contains("getcwd");

            line.cut();
            line.mend();
            awaitHover(editor, 1, "getcwd");
            editor.write(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didClose\",\"params\":{\"textDocument\":{\"uri\":\"%s\"}}}"
                            .formatted(large));
            editor.open(large, "import os\nos.getpid()\n");
            assertThat(editor.answer("textDocument/hover", StdioEditor.at(large, 1, 5)).toString())
                    .contains("getpid");
        }
    }

    @Test
    void an_editor_that_exits_without_a_connection_ends_the_relay() throws Exception {
        try (var line = new TcpProxy(server.http("").getPort())) {
            var ended = new CompletableFuture<Boolean>();
            var editor =
                    new StdioEditor((in, out) -> {
                        relay(line, server.token(), in, out);
                        ended.complete(true);
                    });
            editor.initialize("{}");
            line.cut();
            assertThat(refused(editor)).isEqualTo(CONTENT_MODIFIED);
            editor.exit();
            assertThat(ended).succeedsWithin(SOON);
        }
    }

    @Test
    void a_relay_ends_with_a_sentence_when_its_token_is_revoked() throws Exception {
        var link = server.linkOf("Ben", Scope.EDIT);
        var token = link.substring(link.indexOf('=') + 1);
        var ended = new CompletableFuture<Throwable>();
        try (var line = new TcpProxy(server.http("").getPort());
                var editor =
                        new StdioEditor((in, out) -> {
                            try {
                                relay(line, token, in, out);
                            } catch (IllegalArgumentException failure) {
                                ended.complete(failure);
                            }
                        })) {
            editor.initialize("{}");
            server.revoke("Ben");
            assertThat(shown(editor)).isEqualTo("Your login was revoked.");
            assertThat(ended.get(WITHIN.toSeconds(), TimeUnit.SECONDS))
                    .hasMessage("Your login was revoked.");
        }
    }

    private static StdioEditor editor(TcpProxy line, String token) throws IOException {
        return new StdioEditor((in, out) -> relay(line, token, in, out));
    }

    private static void relay(TcpProxy line, String token, InputStream in, OutputStream out) {
        try {
            new StdioRelay(
                            new Endpoint(
                                    URI.create(
                                            "ws://127.0.0.1:%d/ws/%s"
                                                    .formatted(line.port(), TestServer.WORKSPACE)),
                                    token,
                                    "Your login was revoked.",
                                    null),
                            in,
                            new PrintStream(out, true, StandardCharsets.UTF_8),
                            folder.resolve("copies"))
                    .run();
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void close(StdioEditor editor) {
        try {
            editor.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Waits until the relay has noticed that the editor has left.
    private static void awaitInputEnd() throws InterruptedException {
        long end = System.nanoTime() + WITHIN.toNanos();
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("stdin"))) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(10);
        }
    }

    private static void insert(StdioEditor editor, int version, int line, String text)
            throws IOException {
        editor.write(
                "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"%s\",\"version\":%d},\"contentChanges\":[{\"range\":{\"start\":{\"line\":%d,\"character\":0},\"end\":{\"line\":%d,\"character\":0}},\"text\":%s}]}}"
                        .formatted(FILE, version, line, line, new JsonPrimitive(text)));
    }

    private static JsonObject hover(StdioEditor editor, int line) throws IOException {
        return editor.answer("textDocument/hover", StdioEditor.at(FILE, line, 5));
    }

    private static int refused(StdioEditor editor) throws IOException {
        return hover(editor, 1).getAsJsonObject("error").get("code").getAsInt();
    }

    /// The text of the next message for the person.
    private static String shown(StdioEditor editor) throws IOException {
        var message = editor.read();
        while (!message.has("method")
                || !message.get("method").getAsString().equals("window/showMessage")) {
            message = editor.read();
        }
        return message.getAsJsonObject("params").get("message").getAsString();
    }

    private static void awaitHover(StdioEditor editor, int line, String text)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + WITHIN.toNanos();
        var answer = hover(editor, line);
        while (!answer.toString().contains(text)) {
            assertThat(System.nanoTime()).as(answer.toString()).isLessThan(end);
            Thread.sleep(100);
            answer = hover(editor, line);
        }
    }
}

package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `qide lsp`: what it relays, and what it tells a person who got something wrong.
class LspCommandTest {
    @TempDir static Path folder;
    private static TestServer server;
    private static Path token;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(Files.createDirectory(folder.resolve("workspace")));
        token = Files.writeString(folder.resolve("token"), server.token() + "\n");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void messages_pass_both_ways_until_the_editor_says_exit() throws Exception {
        var out = new ByteArrayOutputStream();
        var frames =
                frames(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"capabilities\":{}}}",
                        "{\"jsonrpc\":\"2.0\",\"id\":\"ü\",\"method\":\"shutdown\"}",
                        "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");

        try (var editor = new PipedOutputStream();
                var in = new PipedInputStream(editor, 1 << 16)) {
            editor.write(frames);
            relay(in, out);
        }

        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("Content-Length: ")
                .contains("\"completionProvider\"")
                .contains("\"id\":\"ü\"");
    }

    @Test
    void what_is_no_message_ends_the_relay_with_a_sentence() {
        for (var bytes :
                List.of("Content-Length: 99999999999\r\n\r\n", "X: y\r\n\r\n", "x".repeat(9_000))) {
            assertThatThrownBy(() -> relay(stream(bytes), new ByteArrayOutputStream()))
                    .as(bytes)
                    .hasMessageContaining("the editor sent no LSP message");
        }
    }

    @Test
    void a_person_is_told_what_to_change() {
        check("--url must be the address of a server", "demo", "--url", "gopher://a");
        check("There is no such workspace", "nowhere", "--url", url(), "--token-file", "" + token);
        check(
                "The token cannot be read from " + folder,
                "demo",
                "--data",
                "" + folder.resolve("no"));
        check(
                "does not know the token",
                "demo",
                "--url",
                url(),
                "--token-file",
                "" + folder.resolve("wrong"));
        check("is it running?", "demo", "--url", "http://127.0.0.1:1", "--token-file", "" + token);
    }

    private static void check(String sentence, String... arguments) {
        var err = new ByteArrayOutputStream();
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(Map.of("HOME", folder.toString())),
                        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            Files.writeString(folder.resolve("wrong"), "nobody's");
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
        var line = Stream.concat(Stream.of("lsp"), Stream.of(arguments)).toList();

        assertThat(QideCommand.run(line, context, (_, _) -> {})).isEqualTo(QideCommand.REFUSED);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(sentence);
    }

    private static void relay(InputStream in, ByteArrayOutputStream out)
            throws InterruptedException {
        new StdioRelay(
                        server.ws("/ws/" + TestServer.WORKSPACE),
                        server.token(),
                        in,
                        new PrintStream(out, true, StandardCharsets.UTF_8))
                .run();
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] frames(String... messages) {
        var frames = new ByteArrayOutputStream();
        for (var message : messages) {
            var body = message.getBytes(StandardCharsets.UTF_8);
            frames.writeBytes(
                    ("content-length: " + body.length + "\r\nContent-Type: a\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            frames.writeBytes(body);
        }
        return frames.toByteArray();
    }

    private static String url() {
        return server.http("").toString();
    }
}

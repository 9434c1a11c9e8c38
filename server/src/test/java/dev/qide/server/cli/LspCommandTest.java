package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestServer;
import dev.qide.server.cli.relay.Endpoint;
import dev.qide.server.cli.relay.StdioRelay;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    void messages_pass_both_ways_until_the_editor_sends_exit() throws Exception {
        var out = new ByteArrayOutputStream();
        var frames =
                StdioEditor.frames(
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
    void a_definition_in_a_library_is_a_file_that_the_editor_can_open() throws Exception {
        try (var editor = editor()) {
            editor.initialize("{}");
            editor.open("file:///home/ann/a.py", "import os\nos.getcwd()\n");
            var uri = editor.definition("file:///home/ann/a.py", 1, 4);

            var copy = Path.of(URI.create(uri));
            assertThat(copy.toRealPath()).startsWith(folder.resolve("copies").toRealPath());
            assertThat(copy).content().contains("def getcwd()");
            assertThat(Files.getPosixFilePermissions(copy))
                    .isEqualTo(PosixFilePermissions.fromString("r--r--r--"));

            // The editor's requests about it go to the library.
            var text = Files.readString(copy);
            editor.open(uri, text);
            int line =
                    (int) text.lines().takeWhile(each -> !each.startsWith("def getcwd(")).count();
            assertThat(editor.ask("textDocument/hover", StdioEditor.at(uri, line, 5)).toString())
                    .contains("getcwd");
        }
    }

    @Test
    void an_editor_that_shows_external_documents_itself_gets_them_by_their_own_uris()
            throws Exception {
        try (var editor = editor()) {
            editor.initialize("{\"textDocumentContent\":{}}");
            editor.open("file:///home/ann/a.py", "import os\nos.getcwd()\n");

            assertThat(editor.definition("file:///home/ann/a.py", 1, 4))
                    .startsWith("qide-external:/pyright/install/");
        }
    }

    @Test
    void a_malformed_message_ends_the_relay_with_a_sentence() {
        for (var bytes :
                List.of("Content-Length: 99999999999\r\n\r\n", "X: y\r\n\r\n", "x".repeat(9_000))) {
            assertThatThrownBy(() -> relay(stream(bytes), new ByteArrayOutputStream()))
                    .as(bytes)
                    .hasMessageContaining("the editor sent no LSP message");
        }
    }

    @Test
    void a_directory_name_means_the_workspace_that_serve_makes_of_it() {
        for (var name : List.of("My App", ".dotfiles", "Prüfling", "日本", "x".repeat(80))) {
            assertThat(WorkspaceArguments.meant(name))
                    .isEqualTo(WorkspaceArguments.nameOf(Path.of("/home/ann", name)));
        }
        for (var legal : List.of("demo", "demo-", "a.b_c")) {
            assertThat(WorkspaceArguments.meant(legal)).isEqualTo(legal);
        }
    }

    @Test
    void a_failure_says_what_to_change() {
        check("--url must be the address of a server", "demo", "--url", "gopher://a");
        check(
                "You are not logged in to https://a.example: run `qide login",
                "demo",
                "--url",
                "https://a.example");
        check(
                "Unknown workspace or language",
                "nowhere",
                "--url",
                url(),
                "--token-file",
                "" + token);
        check("/ws/Mein-Prufling", "Mein Prüfling", "--url", url(), "--token-file", "" + token);
        check("Cannot read the token from " + folder, "demo", "--data", "" + folder.resolve("no"));
        check(
                "rejected the token",
                "demo",
                "--url",
                url(),
                "--token-file",
                "" + folder.resolve("wrong"));
        check("is it running?", "demo", "--url", "http://127.0.0.1:1", "--token-file", "" + token);
        // The token is that of the server on this machine, and no other server may see it.
        check(
                "You are not logged in to http://localhost.example",
                "demo",
                "--url",
                "http://localhost.example");
    }

    private static void check(String sentence, String... arguments) {
        var err = new ByteArrayOutputStream();
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(
                                Map.of(
                                        "XDG_CONFIG_HOME", folder.resolve("config").toString(),
                                        "XDG_CACHE_HOME", folder.resolve("cache").toString())),
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

    private static void relay(InputStream in, OutputStream out) {
        try {
            relayAll(in, out);
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void relayAll(InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        new StdioRelay(
                        new Endpoint(
                                server.ws("/ws/" + TestServer.WORKSPACE),
                                server.token(),
                                "no",
                                null),
                        in,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        folder.resolve("copies"))
                .run();
    }

    private static StdioEditor editor() throws IOException {
        return new StdioEditor(LspCommandTest::relay);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String url() {
        return server.http("").toString();
    }
}

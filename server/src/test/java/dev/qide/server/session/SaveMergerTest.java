package dev.qide.server.session;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.yjs.Lib0Decoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Editors without Yjs that write one file, on `/ws` and `/lsp`.
class SaveMergerTest {
    private static final String TEXT = "one line\n";
    private static final String NAME = "notes.json";
    private static final int SYNC = 0;

    @TempDir static Path workspace;
    private static TestServer server;
    private static Path file;
    private static String root;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(workspace);
        file = workspace.toRealPath().resolve(NAME);
        root = "file://" + workspace.toRealPath();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void write() throws IOException {
        Files.writeString(file, TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/demo", "/lsp/demo/json"})
    void two_saves_of_one_line_are_merged(String endpoint) throws IOException {
        try (var ann = editor(endpoint, root);
                var bob = editor(endpoint, root)) {
            ann.save("one ann line\n");
            bob.write("one line bob\n");

            var message = bob.client().await(one -> isNotification(one, "window/showMessage"));
            assertThat(message.toString()).contains(NAME);
            assertThat(file).hasContent("one ann line bob\n");
        }
    }

    @Test
    void a_save_is_merged_into_a_shared_document() throws IOException {
        try (var page = TestClient.connect(server.ws("/ws/demo"), server.token());
                var ann = editor("/ws/demo", root);
                var bob = editor("/ws/demo", root)) {
            join(page, NAME);
            ann.save("one ann line\n");
            bob.save("one line bob\n");

            await(() -> text().equals("one ann line bob\n"));
        }
    }

    @Test
    void an_editor_with_files_elsewhere_merges_nothing() throws IOException {
        try (var ann = editor("/ws/demo", root);
                var remote = editor("/ws/demo", "file:///home/remote")) {
            ann.save("one ann line\n");
            remote.save("one line remote\n");

            assertThat(file).hasContent("one line remote\n");
        }
    }

    @Test
    void an_editor_with_shared_documents_merges_nothing() throws IOException {
        try (var ann = editor("/ws/demo", root);
                var page = editor("/ws/demo", root)) {
            join(page.client(), "other.txt");
            ann.save("one ann line\n");
            page.save("one line page\n");

            assertThat(file).hasContent("one line page\n");
        }
    }

    /// An editor that has read the file.
    private static Person editor(String endpoint, String clientRoot) {
        var client = TestClient.connect(server.ws(endpoint), server.token());
        client.initialize(clientRoot);
        client.open(clientRoot + "/" + NAME, "json", TEXT);
        settle(client);
        return new Person(client, clientRoot + "/" + NAME);
    }

    private record Person(TestClient client, String uri) implements AutoCloseable {
        void save(String text) throws IOException {
            write(text);
            settle(client);
        }

        void write(String text) throws IOException {
            client.tell(
                    "textDocument/didChange",
                    "{\"textDocument\":{\"uri\":\"%s\",\"version\":2},\"contentChanges\":[{\"text\":%s}]}"
                            .formatted(uri, new JsonPrimitive(text)));
            Files.writeString(file, text);
            client.tell("textDocument/didSave", "{'textDocument':{'uri':'%s'}}".formatted(uri));
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /// Opens a shared document and waits for its text.
    private static void join(TestClient client, String path) {
        client.authenticate(path, "");
        client.requestContent(path);
        await(() -> isStep2(client.frame()));
    }

    private static boolean isStep2(byte[] frame) {
        if (frame.length == 1) {
            return false;
        }
        var in = new Lib0Decoder(frame);
        var _ = in.readVarString();
        return in.readVarUint() == SYNC && in.readVarUint() == 1;
    }

    /// The session has handled everything before.
    private static void settle(TestClient client) {
        assertThat(client.answer("textDocument/hover", "{}")).isNotNull();
    }

    private static String text() {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

package dev.qide.server.language;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Questions without an editor, to servers that publish diagnostics step by step.
class LanguageQueriesTest {
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
             "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,
             "capabilities":{"hoverProvider":true}}]}
            """;

    @RegisterExtension final FakeLanguageServer server = FakeLanguageServer.of(FAKE);

    @Test
    void diagnostics_that_come_in_steps_are_awaited() throws Exception {
        try (var queries = server.fixture().queries()) {
            var text = "an error, published in two steps";
            for (int i = 0; i < 2; i++) {
                var found =
                        queries.diagnostics(
                                new LanguageQueries.Document("fake", "a.fake", text + i));
                assertThat(found.toString()).contains(text + i);
            }
        }
    }

    @Test
    void an_error_of_types_is_found_at_once_and_again(@TempDir Path folder) throws Exception {
        try (var fixture = new LanguageFixture(Declarations.builtIn(), true);
                var queries = fixture.queries()) {
            Files.writeString(
                    folder.resolve("tsconfig.json"), "{\"compilerOptions\":{\"strict\":true}}\n");
            fixture.add("ts", folder, false);
            var wrong = new LanguageQueries.Document("ts", "a.ts", "const a: number = 'one';\n");
            var right = new LanguageQueries.Document("ts", "a.ts", "const a: number = 1;\n");
            assertThat(queries.diagnostics(wrong).toString()).contains("not assignable");
            assertThat(queries.diagnostics(right).toString()).doesNotContain("not assignable");
            assertThat(queries.diagnostics(wrong).toString()).contains("not assignable");
        }
    }

    @Test
    void the_command_by_which_types_are_checked_answers_once_they_are(@TempDir Path folder)
            throws Exception {
        try (var fixture = new LanguageFixture(Declarations.builtIn(), true)) {
            Files.writeString(
                    folder.resolve("tsconfig.json"), "{\"compilerOptions\":{\"strict\":true}}\n");
            fixture.add("ts", folder, false);
            fixture.host.open("s", "ts", ClientProfile.routed(ClientFolders.one(null), "{}"));
            fixture.open(
                    "s", "typescript", "file:///a.ts", "typescript", "const a: number = 'one';\n");

            fixture.send(
                    "s",
                    "typescript",
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"workspace/executeCommand\",\"params\":{\"command\":\"%s\",\"arguments\":[\"semanticDiagnosticsSync\",{\"file\":\"file:///a.ts\"}]}}"
                            .formatted(QuerySession.CHECK_TYPES));

            assertThat(fixture.editor.answer("1").toString()).contains("not assignable");
        }
    }

    @Test
    void a_workspace_that_is_created_again_under_its_name_is_asked_anew(@TempDir Path again)
            throws Exception {
        try (var queries = server.fixture().queries()) {
            var document = new LanguageQueries.Document("fake", "a.fake", "in two steps");
            assertThat(queries.diagnostics(document).toString()).contains("in two steps");

            server.fixture().host.workspaceDeleted("fake");
            copy(server.folder(), again);
            server.fixture().add("fake", again, false);

            assertThat(queries.diagnostics(document).toString()).contains("in two steps");
        }
    }

    @Test
    void questions_that_wait_for_their_turn_end_with_their_session() throws Exception {
        var fixture = server.fixture();
        var session = new QuerySession("query", "fake", fixture.host, fixture.receivers);
        Callable<JsonElement> asking =
                () ->
                        session.request(
                                new LanguageQueries.Document("fake", "a.fake", "a text"),
                                new QuerySession.Language("fake", "fake", false),
                                "textDocument/hover",
                                new JsonObject());
        assertThat(asking.call().toString()).contains("a text");
        Files.createFile(server.folder().resolve("hold"));
        var questions = new ArrayList<FutureTask<JsonElement>>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 3; i++) {
            var question = new FutureTask<>(asking);
            questions.add(question);
            threads.add(Thread.ofVirtual().start(question));
        }
        // One waits for its answer, the others for their turn.
        await(() ->
                threads.stream()
                        .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));

        session.close();

        for (var question : questions) {
            assertThatThrownBy(() -> question.get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            ended ->
                                    assertThat(ended.failure())
                                            .isEqualTo(Failure.SERVER_CANCELLED));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from.resolve("fake.mjs"), to.resolve("fake.mjs"));
    }
}

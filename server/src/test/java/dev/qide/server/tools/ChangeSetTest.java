package dev.qide.server.tools;

import static dev.qide.server.Await.await;
import static dev.qide.server.TestClient.errorCode;
import static dev.qide.server.TestClient.isNotification;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.qide.server.HeldCommits;
import dev.qide.server.NodeProject;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Edits that models propose to shared documents.
class ChangeSetTest {
    private static final int AT_ONCE_PER_PERSON = 8;

    /// As much as a document may have uncommitted.
    private static final int UNCOMMITTED_BYTES = 4 << 20;

    private static final Pattern DROPPED =
            Pattern.compile("qide_collab_updates_total\\{outcome=\"dropped\",} (\\S+)");

    private static final long RUN_SECONDS = 90;

    @TempDir static Path workspace;
    private static ScriptedProvider provider;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(
                workspace.resolve("poem.txt"),
                "one fine day\n\n\ntwo grey cats\n\n\nthree red birds\n");
        Files.writeString(workspace.resolve("main.py"), "x = 1\n");
        provider = new ScriptedProvider();
        server =
                TestServer.startWithModels(
                        workspace,
                        """
                        [{"name":"m","provider":"anthropic","url":"%s","model":"m","purpose":["chat"],"local":true}]
                        """
                                .formatted(provider.url()));
    }

    @AfterAll
    static void stop() {
        server.close();
        provider.close();
    }

    @Test
    void two_hunks_are_accepted_and_one_rejected_while_another_person_types() throws Exception {
        var said =
                NodeProject.installed("collab")
                        .run(
                                RUN_SECONDS,
                                "change-set.mjs",
                                server.http("").toString(),
                                server.token(),
                                server.tokenOf("bob", Scope.EDIT));
        assertThat(said).contains("the change set was decided");
    }

    @Test
    void a_models_proposal_in_a_chat_is_decided_by_the_person_alone() throws Exception {
        provider.play(ProviderScript.saying("Proposed."));
        provider.playNext(
                ProviderScript.of(
                        List.of(
                                new Piece.ToolCall(
                                        "call_1",
                                        "propose_edit",
                                        "{\"path\":\"main.py\",\"edits\":[{\"oldText\":\"x = 1\",\"newText\":\"x = 2\"}]}"))));
        try (var ann = newClient(server.token());
                var bob = newClient(server.tokenOf("bob", Scope.EDIT, Scope.AI));
                var vic = newClient(server.tokenOf("ann", Scope.READ, Scope.AI))) {
            int chat = ann.ask("qide/chat", "{'text':'Set x to 2','tools':true}");
            var proposed =
                    ann.await(message -> isNotification(message, "qide/changeSet"))
                            .getAsJsonObject("params");
            assertThat(proposed.get("path").getAsString()).isEqualTo("main.py");
            // Its second call must not take the script of the next test.
            ann.await(message -> isAnswer(message, chat));
            assertThat(proposed.get("agent").getAsString()).startsWith("m for ");
            var id = proposed.get("changeSet").getAsString();
            var accept = "{'changeSet':'" + id + "','hunks':[],'action':'accept'}";
            assertThat(errorCode(bob.answer("qide/changeSetDecide", accept))).isEqualTo(1404);
            assertThat(errorCode(vic.answer("qide/changeSetDecide", accept))).isEqualTo(1001);
            assertThat(bob.result("qide/changeSetList", "{}").toString()).doesNotContain(id);
            assertThat(ann.result("qide/changeSetList", "{}").toString()).contains(id);
            assertThat(state(ann.result("qide/changeSetDecide", accept).getAsJsonObject()))
                    .isEqualTo("accepted");

            var read = new StringBuilder();
            provider.play(ProviderScript.saying("Done."));
            provider.playNext(
                    ProviderScript.of(
                            List.of(
                                    new Piece.ToolCall(
                                            "call_2", "read_file", "{\"path\":\"main.py\"}"))));
            ann.result("qide/chat", "{'text':'Read it','tools':true}");
            provider.requests().forEach(read::append);
            assertThat(read.toString()).contains("x = 2");
        }
    }

    @Test
    void an_editor_proposes_a_change_of_an_answer_and_what_others_typed_stays() throws Exception {
        Files.writeString(workspace.resolve("plan.txt"), "one\ntwo\nthree\nfour\n");
        try (var ann = newClient(server.token());
                var vic = newClient(server.tokenOf("vic", Scope.READ, Scope.AI))) {
            var stale =
                    "{'path':'plan.txt','before':'one\\nthree\\nfour\\n','after':'one\\nthree\\nFOUR\\n','agent':'m'}";
            assertThat(errorCode(vic.answer("qide/changeSetPropose", stale))).isEqualTo(1001);
            var missing = stale.replace("plan.txt", "none.txt");
            assertThat(errorCode(ann.answer("qide/changeSetPropose", missing))).isEqualTo(1102);
            assertThat(workspace.resolve("none.txt")).doesNotExist();
            var info = ann.result("qide/changeSetPropose", stale).getAsJsonObject();
            assertThat(info.get("agent").getAsString()).startsWith("m for ");
            assertThat(info.getAsJsonArray("hunks")).hasSize(1);
            var accept =
                    "{'changeSet':'%s','hunks':[1],'action':'accept'}"
                            .formatted(info.get("changeSet").getAsString());
            assertThat(state(ann.result("qide/changeSetDecide", accept).getAsJsonObject()))
                    .isEqualTo("accepted");
            var next =
                    "{'path':'plan.txt','before':'one\\ntwo\\nthree\\nFOUR\\n','after':'one\\n2\\nthree\\n4\\n'}";
            var hunks =
                    ann.result("qide/changeSetPropose", next)
                            .getAsJsonObject()
                            .getAsJsonArray("hunks");
            assertThat(hunks.asList())
                    .extracting(hunk -> hunk.getAsJsonObject().get("before").getAsString())
                    .containsExactly("two", "FOUR");
        }
    }

    @Test
    void decisions_of_one_person_that_wait_for_commits_leave_room_for_others() throws Exception {
        try (var ann = newClient(server.tokenOf("ann", Scope.EDIT, Scope.AI));
                var bob = newClient(server.tokenOf("bob", Scope.EDIT, Scope.AI))) {
            var accepts = new ArrayList<String>();
            for (int i = 0; i < AT_ONCE_PER_PERSON; i++) {
                Files.writeString(workspace.resolve("many" + i + ".txt"), "one\n");
                var proposed =
                        ann.result(
                                "qide/changeSetPropose",
                                "{'path':'many%d.txt','before':'one\\n','after':'two\\n'}"
                                        .formatted(i));
                accepts.add(
                        "{'changeSet':'%s','hunks':[],'action':'accept'}"
                                .formatted(
                                        proposed.getAsJsonObject().get("changeSet").getAsString()));
            }
            try (var commits = new HeldCommits(server.database())) {
                commits.hold();
                accepts.forEach(accept -> ann.ask("qide/changeSetDecide", accept));
                var refused = ann.answer("qide/changeSetList", "{}");
                assertThat(refused.toString()).contains("too-many-requests", "at-once", "\"8\"");
                assertThat(bob.result("qide/changeSetList", "{}").toString())
                        .contains("changeSets");
            }
            await(() -> ann.answer("qide/changeSetList", "{}").has("result"));
        }
    }

    /// While more than four MiB of a document wait for their commit, the server drops further
    /// updates, and requests them again afterwards.
    @Test
    void an_accepted_hunk_that_was_dropped_at_first_is_stored() throws Exception {
        var file = Files.writeString(workspace.resolve("full.txt"), "one\ntwo\n");
        try (var ann = newClient(server.tokenOf("ann", Scope.EDIT, Scope.AI));
                var bob = newClient(server.tokenOf("bob", Scope.EDIT, Scope.AI))) {
            var large = acceptOf(ann, "full.txt", "one", "x".repeat(UNCOMMITTED_BYTES));
            var small = acceptOf(bob, "full.txt", "two", "2");
            int asked;
            try (var commits = new HeldCommits(server.database())) {
                commits.hold();
                ann.ask("qide/changeSetDecide", large);
                await(() -> waitingForCommit() > 0);
                double before = dropped();
                asked = bob.ask("qide/changeSetDecide", small);
                await(() -> dropped() > before);
            }
            int id = asked;
            var answer = bob.await(message -> isAnswer(message, id));
            assertThat(state(answer.getAsJsonObject("result"))).isEqualTo("accepted");
            await(() -> textOf(file).endsWith("\n2\n"));
        }
    }

    private static String acceptOf(TestClient client, String path, String before, String after) {
        var text = "one\\ntwo\\n";
        var proposed =
                client.result(
                        "qide/changeSetPropose",
                        "{'path':'%s','before':'%s','after':'%s'}"
                                .formatted(path, text, text.replace(before, after)));
        return "{'changeSet':'%s','hunks':[],'action':'accept'}"
                .formatted(proposed.getAsJsonObject().get("changeSet").getAsString());
    }

    private static boolean isAnswer(JsonObject message, int id) {
        return message.has("id") && message.get("id").getAsInt() == id && !message.has("method");
    }

    private static String textOf(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static double dropped() {
        try {
            var counter = DROPPED.matcher(server.scrape());
            return counter.find() ? Double.parseDouble(counter.group(1)) : 0;
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static long waitingForCommit() {
        return server.database()
                .count(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                            AND starts_with(query, 'WITH held AS')
                        """);
    }

    @Test
    void a_model_of_a_reader_is_offered_no_edits() throws Exception {
        provider.play(ProviderScript.saying("ok"));
        try (var reader = newClient(server.tokenOf("rita", Scope.READ, Scope.AI))) {
            reader.result("qide/chat", "{'text':'Hi','tools':true}");
            assertThat(provider.onlyCall().body().toString())
                    .contains("read_file")
                    .doesNotContain("propose_edit");
        }
    }

    private static String state(JsonObject info) {
        return info.getAsJsonArray("hunks").get(0).getAsJsonObject().get("state").getAsString();
    }

    private static TestClient newClient(String token) {
        var client = TestClient.connect(server.ws("/ws/demo"), token);
        client.initialize(null);
        return client;
    }
}

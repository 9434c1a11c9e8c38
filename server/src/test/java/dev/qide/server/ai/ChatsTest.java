package dev.qide.server.ai;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.provider.ProviderScript;
import dev.qide.server.provider.ProviderScript.Fault;
import dev.qide.server.provider.ProviderScript.Piece;
import dev.qide.server.provider.ScriptedProvider;
import dev.qide.server.store.Database;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.ChatDeltaParams;
import dev.qide.wire.ChatParams;
import dev.qide.wire.ChatResult;
import dev.qide.wire.ConversationHistory.Message;
import dev.qide.wire.FailureException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations of two servers on one database, of which the first has lost the workspace.
class ChatsTest {
    /// A statement that waits for the database fails after half a minute.
    private static final Duration BEFORE_THE_TIMEOUT = Duration.ofSeconds(15);

    private final TestDatabase testDatabase = TestDatabase.create();
    private final Scheduler scheduler = new Scheduler();
    @TempDir Path folder;
    private Database database;
    private ScriptedProvider provider;
    private ModelServices first;
    private ModelServices second;
    private Chats.Member ann;
    private boolean toolsFail;

    @BeforeEach
    void start() throws Exception {
        database = new Database(testDatabase.address());
        provider = new ScriptedProvider();
        var file =
                Files.writeString(
                        folder.resolve("models.json"),
                        """
                        [{"name":"m","provider":"openai","url":"%s","model":"m","purpose":["chat"],"local":true}]
                        """
                                .formatted(provider.url()));
        first = services(file);
        second = services(file);
        var workspace = new WorkspaceTable(database).findOrCreate("demo");
        ann = new Chats.Member(UUID.randomUUID(), workspace, "demo");
    }

    private ModelServices services(Path file) {
        return new ModelServices(
                ModelsFile.read(file),
                new ModelServices.Parts(
                        database,
                        (_, _) -> false,
                        new NoTools(),
                        scheduler,
                        new CallingThread(),
                        InstantSource.system(),
                        new Metrics(),
                        (_, _, _) -> {},
                        ModelKeys.NONE,
                        _ -> null));
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
        scheduler.close();
        database.close();
        testDatabase.close();
        provider.close();
    }

    @Test
    void an_answer_is_not_stored_over_a_newer_question_at_another_server() {
        provider.play(ProviderScript.saying("new"));
        provider.playNext(ProviderScript.saying("old").with(Fault.STALLS, 1));
        var older = new Reader();
        var turn = first.chats().start(ann, new ReadOnly(), question("One?", null), older);
        await(() -> older.conversation != null);
        var conversation = Objects.requireNonNull(older.conversation);
        var newer = new Reader();
        var _ = second.chats().start(ann, new ReadOnly(), question("Two?", conversation), newer);
        await(() -> newer.isOver);
        assertThat(older.isOver).isFalse();
        turn.cancel();
        await(() -> older.isOver);

        assertThat(second.chats().history(ann, conversation).messages())
                .extracting(Message::text)
                .containsExactly("One?", "Two?", "new");
    }

    @Test
    void an_answer_ends_when_its_calls_of_tools_grow_without_bound() {
        var arguments = "{\"text\":\"" + "x".repeat(200_000) + "\"}";
        provider.play(
                ProviderScript.of(Collections.nCopies(12, new Piece.ToolCall("1", "f", arguments)))
                        .with(Fault.STALLS, 12));
        var reader = new Reader();
        var _ = first.chats().start(ann, new ReadOnly(), question("One?", null), reader);
        await(() -> reader.isOver);
        assertThat(reader.failure)
                .hasMessageContaining("message-too-large")
                .extracting(FailureException::tags)
                .isEqualTo(Map.of("limit", "2000000", "reason", "answer"));
    }

    @Test
    void questions_that_cannot_be_asked_leave_room_for_others() {
        toolsFail = true;
        var asking = new ChatParams(null, null, "One?", null, null, true);
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> first.chats().start(ann, new ReadOnly(), asking, new Reader()))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_question_does_not_wait_for_one_to_another_conversation() throws Exception {
        provider.play(ProviderScript.saying("new"));
        var slow = UUID.randomUUID();
        // Its hash is the same.
        var other = new UUID(slow.getLeastSignificantBits(), slow.getMostSignificantBits());
        var created = new Reader();
        var _ = first.chats().start(ann, new ReadOnly(), creating(slow), created);
        await(() -> created.isOver);
        try (var lock = testDatabase.connect();
                var statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("SELECT 1 FROM ai_conversations FOR UPDATE");
            var waiting = asking(question("Two?", slow.toString()), new Reader());
            await(() ->
                    testDatabase.count(
                                    """
                                    SELECT count(*) FROM pg_stat_activity
                                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                                    """)
                            == 1);
            var answered = new Reader();
            var asking = asking(creating(other), answered);
            await(BEFORE_THE_TIMEOUT, () -> answered.isOver);
            lock.rollback();
            waiting.join();
            asking.join();
        }
    }

    private Thread asking(ChatParams question, Reader reader) {
        return Thread.ofVirtual()
                .start(() -> {
                    var _ = first.chats().start(ann, new ReadOnly(), question, reader);
                });
    }

    private static ChatParams creating(UUID conversation) {
        return new ChatParams(conversation.toString(), true, "One?", null, null, null);
    }

    private static ChatParams question(String text, @Nullable String conversation) {
        return new ChatParams(conversation, null, text, null, null, null);
    }

    private static final class Reader implements ChatTurn.Listener {
        private volatile @Nullable String conversation;
        private volatile @Nullable FailureException failure;
        private volatile boolean isOver;

        @Override
        public void delta(ChatDeltaParams delta) {
            conversation = delta.conversation();
        }

        @Override
        public void completed(ChatResult result) {
            isOver = true;
        }

        @Override
        public void failed(FailureException failure) {
            this.failure = failure;
            isOver = true;
        }
    }

    private record ReadOnly() implements WorkspaceTools.Rights {
        @Override
        public String name() {
            return "Ann";
        }

        @Override
        public boolean canRead() {
            return true;
        }

        @Override
        public boolean canEdit() {
            return false;
        }

        @Override
        public WorkspaceTools.Counted count(WorkspaceTools.Cost cost) {
            return () -> {};
        }
    }

    private final class NoTools implements WorkspaceTools {
        @Override
        public List<Definition> definitions(Rights rights) {
            if (toolsFail) {
                throw new IllegalStateException("a defect");
            }
            return List.of();
        }

        @Override
        public Outcome call(ToolCaller caller, String name, String arguments) {
            return new Outcome("There is no such tool.", true);
        }
    }
}

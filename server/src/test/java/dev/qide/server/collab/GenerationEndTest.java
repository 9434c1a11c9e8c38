package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static dev.qide.server.collab.CollabFixture.BOB;
import static dev.qide.server.collab.CollabFixture.PATH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The end of a generation while the database does not answer, here since rows are locked.
final class GenerationEndTest {
    private static final String UPDATE = "UPDATE documents";
    private static final String LOOKUP = "SELECT g.client FROM geneses";
    private static final String LOCKED_GENESES = "LOCK TABLE geneses IN ACCESS EXCLUSIVE MODE";
    private static final long PATIENCE_SECONDS = 60;

    /// More than a document waits for the step 1 of a client that sends none.
    private static final int TICKS = 4;

    @RegisterExtension static final CollabExtension COLLAB = new CollabExtension();

    @Test
    void a_document_responds_while_its_end_waits_for_the_database() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN).joinSettled("");
        FutureTask<Boolean> end;
        try (var _ = fixture.stall(lockedRow())) {
            end = started(() -> fixture.collaboration.retire(fixture.workspace, PATH));
            await(() -> fixture.waitingForLock(UPDATE) == 1);
            var bob = fixture.client(BOB).join("").awaitsText("x=1\n");
            ann.update(new Typist(7).type("a")).fence();
            assertThat(bob.fence().text()).isEqualTo("x=1\n");
            assertThat(ann.count("saved")).isEqualTo(1);
            assertThat(end.isDone()).isFalse();
        }
        assertThat(end.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        ann.awaits("closed document-replaced");
        assertThat(fixture.documents.findLiving(fixture.workspace, PATH)).isNull();
    }

    @Test
    void what_was_typed_during_an_end_that_failed_is_requested_again() throws Exception {
        var fixture = COLLAB.fixture();
        fixture.texts.files.put("other.py", "");
        fixture.client(BOB, "other.py").joinSettled("");
        var ann = fixture.client(ANN).joinSettled("");
        var seven = new Typist(7);
        FutureTask<Boolean> move;
        try (var _ = fixture.stall(lockedTable())) {
            move = started(() -> fixture.collaboration.move(fixture.workspace, PATH, "other.py"));
            await(() -> fixture.waitingForLock(UPDATE) == 1);
            ann.update(seven.type("a")).fence();
            assertThat(ann.count("step1")).isEqualTo(1);
        }
        assertThat(failureOf(move)).isEqualTo(Failure.PATH_CLASH);
        ann.awaits(2, "step1").step2(seven.everything()).awaits("update 7:0-1");
        assertThat(ann.count("closed")).isZero();
    }

    @Test
    void an_end_whose_answer_is_lost_is_decided_by_the_database() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN).joinSettled("");
        FutureTask<Boolean> end;
        try (var _ = fixture.stall(lockedRow())) {
            end = started(() -> fixture.collaboration.retire(fixture.workspace, PATH));
            await(() -> fixture.waitingForLock(UPDATE) == 1);
            assertThat(fixture.terminateWaiting(UPDATE)).isEqualTo(1);
            await(() -> fixture.waitingForLock("SELECT path FROM documents") == 1);
            assertThat(ann.fence().count("closed")).isZero();
        }
        assertThat(failureOf(end)).isEqualTo(Failure.DOCUMENT_UNAVAILABLE);
        ann.update(new Typist(7).type("a")).awaits("update 7:0-1");
    }

    /// The move is committed under the new path only with every row that was offered before it.
    @Test
    void a_generation_moves_with_the_rows_that_are_being_committed() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN).joinSettled("");
        FutureTask<Boolean> move;
        try (var _ = fixture.stall()) {
            ann.update(new Typist(7).type("late ")).fence();
            move = started(() -> fixture.collaboration.move(fixture.workspace, PATH, "b.py"));
            ann.fence();
            assertThat(move.isDone()).isFalse();
            assertThat(fixture.document(PATH)).isNotNull();
        }
        assertThat(move.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        ann.awaits(2, "saved").awaits("closed document-replaced");
        fixture.texts.files.put("b.py", ann.text());
        assertThat(fixture.client(BOB, "b.py").joinSettled("").text()).isEqualTo(ann.text());
    }

    @Test
    void an_end_fails_when_rows_are_not_committed_in_time() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN).joinSettled("");
        long saved = ann.count("saved");
        try (var _ = fixture.stall()) {
            ann.update(new Typist(7).type("a")).fence();
            var end = new FutureTask<>(() -> fixture.collaboration.retire(fixture.workspace, PATH));
            var caller = Thread.ofVirtual().name("test-caller").start(end);
            await(() -> caller.getState() == Thread.State.TIMED_WAITING);
            ann.fence();
            fixture.advance(GenerationEnds.SETTLE_WAIT.minusSeconds(5));
            ann.fence();
            assertThat(end.isDone()).isFalse();
            fixture.advance(Duration.ofSeconds(6));
            // Before its caller gives up, and while the rows still wait.
            await(Duration.ofSeconds(10), end::isDone);
            assertThat(failureOf(end)).isEqualTo(Failure.DOCUMENT_UNAVAILABLE);
            assertThat(ann.count("saved")).isEqualTo(saved);
        }
        ann.awaits("update 7:0-1");
        assertThat(ann.count("closed")).isZero();
        assertThat(fixture.documents.findLiving(fixture.workspace, PATH)).isNotNull();
    }

    @Test
    void one_document_has_at_most_16_ends() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN).joinSettled("");
        var ends = new ArrayList<FutureTask<Boolean>>();
        try (var _ = fixture.stall(lockedRow())) {
            for (int end = 0; end < GenerationEnds.REQUESTS; end++) {
                var task =
                        new FutureTask<>(
                                () -> fixture.collaboration.retire(fixture.workspace, PATH));
                var caller = Thread.ofVirtual().name("test-caller").start(task);
                await(() -> caller.getState() == Thread.State.TIMED_WAITING);
                ends.add(task);
            }
            ann.fence();
            var tooMany = started(() -> fixture.collaboration.retire(fixture.workspace, PATH));
            assertThat(failureOf(tooMany)).isEqualTo(Failure.DOCUMENT_UNAVAILABLE);
            assertThat(ends).noneMatch(FutureTask::isDone);
        }
        // The first one ends the generation; the others find none.
        assertThat(ends.getFirst().get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        for (var end : ends.subList(1, ends.size())) {
            assertThat(end.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isFalse();
        }
    }

    @Test
    void an_end_whose_caller_no_longer_waits_does_not_begin() throws Exception {
        var fixture = COLLAB.fixture();
        var ann = fixture.client(ANN).joinSettled("");
        var seven = new Typist(7);
        try (var _ = fixture.stall()) {
            ann.update(seven.type("a")).fence();
            var end = new FutureTask<>(() -> fixture.collaboration.retire(fixture.workspace, PATH));
            var caller = Thread.ofVirtual().name("test-caller").start(end);
            await(() -> caller.getState() == Thread.State.TIMED_WAITING);
            ann.update(seven.type("b")).fence();
            assertThat(end.cancel(true)).isTrue();
            assertThat(caller.join(Duration.ofSeconds(PATIENCE_SECONDS))).isTrue();
        }
        // The second update was dropped, since the end waited for the commit of the first one.
        ann.awaits(2, "step1").step2(seven.everything()).awaits("update 7:0-2");
        assertThat(ann.count("closed")).isZero();
        assertThat(fixture.documents.findLiving(fixture.workspace, PATH)).isNotNull();
    }

    @Test
    void a_document_without_a_file_ends_although_the_first_attempt_fails() throws Exception {
        var fixture = COLLAB.fixture();
        fixture.client(ANN).joinSettled("");
        fixture.restart();
        fixture.texts.files.remove(PATH);
        var old = fixture.document();
        FrameClient bob;
        try (var _ = fixture.stall(lockedRow())) {
            bob = fixture.client(BOB).auth("").step1("");
            await(() -> fixture.waitingForLock(UPDATE) == 1);
            assertThat(fixture.terminateWaiting(UPDATE)).isEqualTo(1);
            await(() -> fixture.waitingForLock("SELECT path FROM documents") == 1);
            assertThat(bob.seen()).isEmpty();
        }
        bob.awaits("auth read-write").awaits("step2");
        assertThat(fixture.document()).isNotEqualTo(old);
        assertThat(bob.count("closed")).isZero();
    }

    @Test
    void an_opening_document_responds_while_a_genesis_is_looked_up() throws Exception {
        var fixture = COLLAB.fixture();
        var bob = fixture.client(BOB, "new.py");
        try (var _ = fixture.stall(LOCKED_GENESES)) {
            // The socket's reader fails to look the id up.
            var reading = started(() -> bob.step1("5000000000:1"));
            await(() -> fixture.waitingForLock(LOOKUP) == 1);
            assertThat(fixture.terminateWaiting(LOOKUP)).isEqualTo(1);
            assertThat(reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
            bob.auth("");
            await(() -> fixture.waitingForLock(LOOKUP) == 1);
            assertThat(fixture.collaboration.retire(fixture.workspace, "new.py")).isFalse();
            assertThat(bob.seen()).isEmpty();
        }
        bob.awaits("auth read-write").awaits("step2");
        assertThat(fixture.texts.files).containsKey("new.py");
    }

    @Test
    void a_stale_tab_does_not_recreate_a_file_while_its_genesis_is_looked_up() throws Exception {
        var fixture = COLLAB.fixture();
        fixture.client(ANN).joinSettled("");
        var generation = fixture.documents.findLiving(fixture.workspace, PATH);
        var held = Objects.requireNonNull(generation).genesisClient() + ":5";
        fixture.texts.files.remove(PATH);
        assertThat(fixture.collaboration.retire(fixture.workspace, PATH)).isTrue();
        var bob = fixture.client(BOB);
        FutureTask<FrameClient> reading;
        try (var _ = fixture.stall(LOCKED_GENESES)) {
            reading = started(() -> bob.auth("").step1(held));
            await(() -> fixture.waitingForLock(LOOKUP) == 1);
            int before = fixture.texts.reads.get();
            await(() -> fixture.texts.reads.get() >= before + TICKS);
            assertThat(bob.seen()).isEmpty();
        }
        assertThat(reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        bob.awaits("closed document-replaced");
        assertThat(fixture.texts.files).doesNotContainKey(PATH);
    }

    private static String lockedRow() {
        return "SELECT 1 FROM documents WHERE id = '%s' FOR NO KEY UPDATE"
                .formatted(COLLAB.fixture().document().value());
    }

    private static String lockedTable() {
        return "LOCK TABLE documents IN SHARE MODE";
    }

    private static <T> FutureTask<T> started(Callable<T> call) {
        var task = new FutureTask<>(call);
        Thread.ofVirtual().name("test-caller").start(task);
        return task;
    }

    private static Failure failureOf(FutureTask<?> task) throws InterruptedException {
        assertThatThrownBy(() -> task.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .hasCauseInstanceOf(FailureException.class);
        return ((FailureException) task.exceptionNow()).failure();
    }
}

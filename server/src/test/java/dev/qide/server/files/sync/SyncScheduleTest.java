package dev.qide.server.files.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Await;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.WorkspacePath;
import dev.qide.server.files.sync.SyncSchedule.Outcome;
import dev.qide.server.store.WorkspaceId;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SyncScheduleTest {
    private static final FileSnapshots.Key FILE =
            new FileSnapshots.Key(new WorkspaceId(UUID.randomUUID()), new WorkspacePath("a.txt"));
    private static final Outcome CHECK_AGAIN = new Outcome(SyncPass.SECOND_CHECK_DELAY, true);
    private static final long TYPED_NANOS = Duration.ofMillis(4_500).toNanos();
    private static final long LETTER_NANOS = Duration.ofMillis(20).toNanos();

    private final Scheduler scheduler = new Scheduler();
    private final SyncSchedule schedule = new SyncSchedule(scheduler);

    @AfterEach
    void close() {
        schedule.close();
        scheduler.close();
    }

    /// A busy machine may make a pause, after which the file is written sooner.
    @Test
    void a_file_that_is_typed_in_without_a_pause_is_written_every_two_seconds() {
        var passes = new AtomicInteger();
        schedule.start(_ -> {
            passes.incrementAndGet();
            return CHECK_AGAIN;
        });
        long begun = System.nanoTime();
        long last = begun;
        int pauses = 0;
        int seen = 0;
        while (System.nanoTime() - begun < TYPED_NANOS) {
            schedule.changed(FILE);
            LockSupport.parkNanos(LETTER_NANOS);
            seen = passes.get();
            long now = System.nanoTime();
            // Half of it, since a pause may lie on both sides of this; a long one has several
            // passes.
            pauses += (int) ((now - last) / (SyncSchedule.AFTER_THE_LAST_CHANGE.toNanos() / 2));
            last = now;
        }
        long whole = (last - begun) / SyncSchedule.AFTER_THE_FIRST_CHANGE.toNanos();
        assertThat(seen).isBetween(1, (int) whole + pauses);
    }

    @Test
    void many_files_that_are_typed_in_without_a_pause_are_written_less_often() {
        assertThat(SyncSchedule.afterTheFirstChange(1)).isEqualTo(Duration.ofSeconds(2));
        assertThat(SyncSchedule.afterTheFirstChange(20)).isEqualTo(Duration.ofSeconds(2));
        assertThat(SyncSchedule.afterTheFirstChange(50)).isEqualTo(Duration.ofSeconds(5));
        assertThat(SyncSchedule.afterTheFirstChange(1_000)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void files_that_cannot_be_written_do_not_delay_others() {
        var attempts = new AtomicInteger();
        var passes = new AtomicInteger();
        var isOver = new AtomicBoolean();
        schedule.start(file -> {
            (file.equals(FILE) ? passes : attempts).incrementAndGet();
            return file.equals(FILE) || isOver.get()
                    ? Outcome.DONE
                    : Outcome.failed(Duration.ofMinutes(10));
        });
        for (int i = 0; i < 100; i++) {
            schedule.expedite(
                    new FileSnapshots.Key(FILE.workspace(), new WorkspacePath(i + ".txt")));
        }
        Await.await(() -> attempts.get() == 100);
        long begun = System.nanoTime();
        long end = begun + SyncSchedule.MAX_DELAY_AFTER_FIRST_CHANGE.toNanos();
        while (passes.get() == 0 && System.nanoTime() - end < 0) {
            schedule.changed(FILE);
            LockSupport.parkNanos(LETTER_NANOS);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isLessThan(SyncSchedule.MAX_DELAY_AFTER_FIRST_CHANGE);
        isOver.set(true);
    }

    @Test
    void a_write_is_checked_again_although_nothing_changes() {
        var passes = new AtomicInteger();
        schedule.start(_ -> passes.incrementAndGet() == 1 ? CHECK_AGAIN : Outcome.DONE);
        schedule.changed(FILE);
        Await.await(() -> passes.get() == 2);
        assertThat(schedule.isOnDisk(FILE)).isTrue();
    }

    @Test
    void a_wait_for_a_file_that_cannot_be_written_ends_after_one_attempt() throws Exception {
        var passes = new AtomicInteger();
        var outcome = new AtomicReference<>(Outcome.failed(Duration.ofMinutes(10)));
        schedule.start(_ -> {
            passes.incrementAndGet();
            return outcome.get();
        });
        schedule.changed(FILE);
        long begun = System.nanoTime();
        for (int save = 1; save <= 3; save++) {
            assertThat(schedule.awaitOnDisk(FILE, Duration.ofMinutes(1))).isFalse();
            assertThat(passes).hasValue(save);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
        outcome.set(Outcome.DONE);
        assertThat(schedule.awaitOnDisk(FILE, Duration.ofMinutes(1))).isTrue();
    }

    @Test
    void a_wait_for_a_file_goes_on_while_a_tool_replaces_it() throws Exception {
        var passes = new AtomicInteger();
        schedule.start(_ ->
                passes.incrementAndGet() < 3
                        ? new Outcome(Duration.ofMillis(50), false)
                        : Outcome.DONE);
        schedule.changed(FILE);
        assertThat(schedule.awaitOnDisk(FILE, Duration.ofMinutes(1))).isTrue();
        assertThat(passes).hasValue(3);
    }

    /// The pass that runs at the time of the save has begun before the edit.
    @Test
    void a_save_waits_for_the_first_write_of_the_edit_before_it() throws Exception {
        var isBegun = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var passes = new AtomicInteger();
        schedule.start(_ -> {
            if (passes.incrementAndGet() > 1) {
                return Outcome.DONE;
            }
            isBegun.countDown();
            awaitUninterrupted(mayEnd);
            return Outcome.failed(Duration.ofMinutes(10));
        });
        schedule.expedite(FILE);
        awaitUninterrupted(isBegun);
        schedule.changed(FILE);
        var saved = new FutureTask<>(() -> schedule.awaitOnDisk(FILE, Duration.ofMinutes(1)));
        var saving = Thread.ofVirtual().start(saved);
        Await.await(() -> saving.getState() == Thread.State.TIMED_WAITING);
        mayEnd.countDown();
        assertThat(saved.get()).isTrue();
        assertThat(passes).hasValue(2);
    }

    @Test
    void passes_of_a_workspace_are_awaited() throws InterruptedException {
        var mayEnd = new CountDownLatch(1);
        var ended = new AtomicInteger();
        schedule.start(_ -> {
            awaitUninterrupted(mayEnd);
            ended.incrementAndGet();
            return Outcome.DONE;
        });
        var other = new WorkspaceId(UUID.randomUUID());
        schedule.expedite(FILE);
        assertThat(schedule.awaitPasses(other, Duration.ofMinutes(1))).isFalse();
        assertThat(schedule.awaitPasses(FILE.workspace(), Duration.ofMillis(1))).isTrue();
        assertThat(ended.get()).isZero();
        mayEnd.countDown();
        var _ = schedule.awaitPasses(FILE.workspace(), Duration.ofMinutes(1));
        assertThat(ended.get()).isEqualTo(1);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }
}

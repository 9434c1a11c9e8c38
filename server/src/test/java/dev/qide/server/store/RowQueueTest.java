package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/// When the next batch of a writer of the update log begins.
class RowQueueTest {
    private static final int TRIALS = 50;

    private final RowQueue queue = new RowQueue();

    @Test
    void a_row_of_a_client_that_is_alone_does_not_wait() {
        // The first batch of a queue never waits.
        offer(1);
        assertThat(commit()).isOne();
        assertThatOneRowDoesNotWait();
    }

    private void assertThatOneRowDoesNotWait() {
        assertThat(
                        fastest(() -> {
                            offer(1);
                            return commit();
                        }))
                .isLessThan(RowQueue.MIN_BATCH_INTERVAL);
    }

    @Test
    void rows_that_arrive_during_a_commit_wait_for_others() {
        offer(1);
        long begun = System.nanoTime();
        var first = queue.next();
        offer(1);
        queue.settled(first);
        assertThat(commit()).isOne();
        assertThat(System.nanoTime() - begun)
                .isGreaterThanOrEqualTo(RowQueue.MIN_BATCH_INTERVAL.toNanos());
    }

    @Test
    void the_wait_ends_when_no_rows_arrive_during_commits() {
        offer(1);
        var first = queue.next();
        offer(1);
        queue.settled(first);
        assertThat(commit()).isOne();
        long begun = System.nanoTime();
        for (int i = 1; i < RowQueue.IDLE_BATCHES; i++) {
            offer(1);
            assertThat(commit()).isOne();
        }
        long waits = RowQueue.IDLE_BATCHES - 1;
        assertThat(System.nanoTime() - begun)
                .isGreaterThan((waits - 1) * RowQueue.MIN_BATCH_INTERVAL.toNanos());
        assertThatOneRowDoesNotWait();
    }

    @Test
    void a_large_batch_does_not_wait() {
        offer(1);
        IntSupplier trial =
                () -> {
                    var rows = queue.next();
                    offer(RowQueue.FULL_BATCH_ROWS);
                    queue.settled(rows);
                    return rows.size();
                };
        // The first batch of a queue never waits.
        assertThat(trial.getAsInt()).isOne();
        // Offering the rows takes a part of the time that a wrong wait would end after.
        assertThat(fastest(trial)).isLessThan(RowQueue.MIN_BATCH_INTERVAL.dividedBy(2));
    }

    @Test
    void closing_the_queue_ends_the_wait() {
        assertThat(fastest(RowQueueTest::commitAtTheEnd)).isLessThan(RowQueue.MIN_BATCH_INTERVAL);
    }

    private static int commitAtTheEnd() {
        var ending = new RowQueue();
        assertThat(ending.offer(row())).isTrue();
        var first = ending.next();
        assertThat(ending.offer(row())).isTrue();
        ending.settled(first);
        ending.close();
        int rows = ending.next().size();
        assertThat(ending.next()).isEmpty();
        return rows;
    }

    private int commit() {
        var rows = queue.next();
        queue.settled(rows);
        return rows.size();
    }

    /// The shortest time of many trials: a busy machine delays some.
    private static Duration fastest(IntSupplier trial) {
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < TRIALS; i++) {
            long begun = System.nanoTime();
            assertThat(trial.getAsInt()).isPositive();
            fastest = Math.min(fastest, System.nanoTime() - begun);
        }
        return Duration.ofNanos(fastest);
    }

    private void offer(int rows) {
        for (int i = 0; i < rows; i++) {
            assertThat(queue.offer(row())).isTrue();
        }
    }

    private static UpdateLog.Row row() {
        return UnusedRows.of(new WorkspaceId(UUID.randomUUID()), new DocumentId(UUID.randomUUID()));
    }
}

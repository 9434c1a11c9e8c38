package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/// When broadcasts leave, by a clock that the test moves.
final class BroadcastThrottleTest {
    private static final int MANY = 200;
    private static final long LONGEST_OF_MANY =
            BroadcastThrottle.LONGEST_PER_SUBSCRIPTION.multipliedBy(MANY).toNanos();

    private final BroadcastThrottle pace = new BroadcastThrottle(0);
    private long now;

    @Test
    void the_first_broadcast_and_one_after_an_idle_period_leave_at_once() {
        assertThat(pace.left(MANY, now)).isNotPositive();
        broadcast(millis(3));
        now += millis(12);
        assertThat(pace.left(MANY, now)).isNotPositive();
    }

    @Test
    void few_subscriptions_never_wait() {
        pace.begun(now);
        assertThat(pace.left(19, now)).isZero();
        pace.written(millis(40));
        assertThat(pace.left(19, now)).isNotPositive();
        assertThat(pace.left(20, now)).isPositive();
    }

    @Test
    void the_pause_is_a_multiple_of_what_broadcasts_take() {
        for (long cost : new long[] {micros(500), millis(1), millis(2), millis(4)}) {
            var periods = periods(200, _ -> cost);
            assertThat(periods.getLast()).isBetween(cost * 4 - 100, cost * 4);
        }
    }

    @Test
    void a_broadcast_that_takes_next_to_nothing_causes_no_pause() {
        var periods = periods(50, _ -> micros(100));
        assertThat(periods.getLast()).isEqualTo(micros(100));
    }

    @Test
    void the_pause_is_bounded_by_the_subscriptions() {
        assertThat(periods(50, _ -> millis(19)).getLast()).isEqualTo(LONGEST_OF_MANY);
        assertThat(pace.left(10_000, now)).isLessThanOrEqualTo(BroadcastThrottle.LONGEST.toNanos());
    }

    @Test
    void the_next_broadcast_leaves_while_a_blocked_one_is_still_being_written() {
        broadcast(millis(1));
        pace.begun(now);
        assertThat(pace.left(MANY, now + LONGEST_OF_MANY - 1)).isPositive();
        assertThat(pace.left(MANY, now + LONGEST_OF_MANY)).isNotPositive();
    }

    @Test
    void the_pause_follows_a_load_that_comes_and_goes_without_swinging() {
        var quiet = periods(40, _ -> millis(1));
        var busy = periods(40, _ -> millis(4));
        var after = periods(40, _ -> millis(1));
        assertThat(quiet.getLast()).isBetween(micros(3_900), micros(4_100));
        assertThat(busy).isSorted();
        assertThat(busy.getLast()).isBetween(micros(15_500), micros(16_100));
        assertThat(after.reversed()).isSorted();
        assertThat(after.getLast()).isBetween(micros(3_900), micros(4_500));
    }

    /// Twenty such documents on one core: the more often they broadcast, the longer each takes.
    @Test
    void documents_that_slow_each_other_down_settle_at_one_pause() {
        var periods = periods(400, period -> millis(1) + millis(20) * millis(1) / period);
        var settled = periods.subList(200, 400);
        assertThat(settled.stream().mapToLong(Long::longValue).max().orElseThrow())
                .isLessThanOrEqualTo(settled.getFirst() * 21 / 20);
        assertThat(settled.stream().mapToLong(Long::longValue).min().orElseThrow())
                .isGreaterThanOrEqualTo(settled.getFirst() * 19 / 20);
    }

    /// One broadcast causes a long write, for instance a garbage collection: the pause recovers.
    @Test
    void one_slow_broadcast_does_not_slow_the_next_ones_down_for_long() {
        var periods = periods(40, _ -> millis(1));
        broadcast(millis(30));
        var after = periods(20, _ -> millis(1));
        assertThat(after.getFirst()).isLessThanOrEqualTo(LONGEST_OF_MANY);
        assertThat(after.getLast()).isLessThanOrEqualTo(periods.getLast() * 12 / 10);
    }

    /// Broadcasts whenever that is due, and returns the time between each and the next.
    ///
    /// @param cost maps the last period to the time that a broadcast takes
    private List<Long> periods(int broadcasts, LongUnaryOperator cost) {
        var periods = new ArrayList<Long>();
        long period = LONGEST_OF_MANY;
        for (int i = 0; i < broadcasts; i++) {
            long begun = now;
            broadcast(cost.applyAsLong(period));
            now += Math.max(0, pace.left(MANY, now));
            period = now - begun;
            periods.add(period);
        }
        return periods;
    }

    private void broadcast(long nanos) {
        pace.begun(now);
        now += nanos;
        pace.written(nanos);
    }

    private static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    private static long micros(long micros) {
        return micros * 1_000;
    }
}

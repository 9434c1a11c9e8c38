package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// CPU-bound work does not starve the sockets, even on the carriers of virtual threads, where it
/// does not belong.
@Tag("alone")
class HogsTest {
    private static final int HOGS = 4;
    private static final int RUNS = 10;
    private static final int PINGS = 300;
    private static final Duration BOUND = Duration.ofMillis(50);

    @Test
    void with_four_busy_threads_a_ping_is_answered_within_50_ms_at_p99() throws Exception {
        assertThat(Integer.getInteger("jdk.virtualThreadScheduler.parallelism", 0))
                .as("as the launcher starts the server")
                .isGreaterThanOrEqualTo(16);
        var best = Duration.ofDays(1);
        for (int run = 0; run < RUNS && best.compareTo(BOUND) > 0; run++) {
            var p99 = pings();
            best = p99.compareTo(best) < 0 ? p99 : best;
        }
        System.out.println("ping p99 with " + HOGS + " hogs: " + best.toNanos() / 1000 + " us");
        assertThat(best).isLessThanOrEqualTo(BOUND);
    }

    private static Duration pings() throws Exception {
        var isOver = new AtomicBoolean();
        var work = new AtomicLong();
        try (var server = TestHost.standard();
                var client = RawClient.opened(server.port(), "/echo")) {
            for (int i = 0; i < HOGS; i++) {
                Thread.ofVirtual().start(() -> hog(isOver, work));
            }
            var nanos = new ArrayList<Long>();
            for (int i = 0; i < PINGS; i++) {
                long began = System.nanoTime();
                client.send(RawClient.PING, new byte[] {1});
                assertThat(client.receiveMessage().opcode()).isEqualTo(RawClient.PONG);
                nanos.add(System.nanoTime() - began);
            }
            nanos.sort(null);
            assertThat(work).hasPositiveValue();
            return Duration.ofNanos(nanos.get(PINGS * 99 / 100));
        } finally {
            isOver.set(true);
        }
    }

    private static void hog(AtomicBoolean isOver, AtomicLong work) {
        long sum = 0;
        while (!isOver.get()) {
            for (int i = 0; i < 10_000; i++) {
                sum = sum * 31 + i;
            }
            work.addAndGet(sum == 0 ? 1 : 2);
        }
    }
}

package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.concurrent.DeferredWork;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.concurrent.TaskBatch;
import dev.qide.server.transport.websocket.OutgoingQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The threads that read a socket and write to it.
class ReadersTest {
    private static final int PLATFORM_READERS = 64;

    /// Long enough to count as blocked.
    private static final long BLOCKED_NANOS = 100_000_000;

    private final TestHost server = TestHost.standard();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void sockets_with_a_process_have_platform_threads_while_some_are_available_and_all_are_served()
            throws Exception {
        long before = platformReaders();
        for (int round = 0; round < 2; round++) {
            var clients = new ArrayList<RawClient>();
            try {
                for (int i = 0; i < PLATFORM_READERS + 6; i++) {
                    clients.add(RawClient.opened(server.port(), "/process"));
                }
                for (var client : clients) {
                    client.sendText("hello");
                    assertThat(client.receiveMessage().text()).isEqualTo("hello");
                }
                assertThat(platformReaders() - before).isEqualTo(PLATFORM_READERS);
            } finally {
                for (var client : clients) {
                    client.close();
                }
            }
            TestHost.await(
                    "nobody is left", () -> server.metric("qide_transport_connections") == 0);
            TestHost.await("all have ended", () -> platformReaders() == before);
        }
    }

    @Test
    void other_sockets_have_virtual_threads() throws Exception {
        long before = platformReaders();
        try (var client = RawClient.opened(server.port(), "/echo")) {
            client.sendText("hello");
            assertThat(client.receiveMessage().text()).isEqualTo("hello");
            assertThat(platformReaders()).isEqualTo(before);
        }
    }

    @Test
    void a_thread_that_may_block_writes_its_frame_itself() throws Exception {
        try (var client = RawClient.opened(server.port(), "/echo")) {
            var outgoing = server.outgoing();
            DeferredWork.run(() -> {
                outgoing.text("one");
                assertThat(outgoing.queuedBytes()).isPositive();
            });
            assertThat(outgoing.queuedBytes()).isZero();
            assertThat(client.receiveMessage().text()).isEqualTo("one");
        }
    }

    @Test
    void a_virtual_thread_writes_once_and_leaves_the_rest_to_another_in_order() throws Exception {
        var filler = "x".repeat(100_000);
        try (var client = RawClient.opened(server.port(), "/echo")) {
            var outgoing = server.outgoing();
            DeferredWork.run(() -> {
                for (int i = 0; i < 100; i++) {
                    outgoing.text(i + filler);
                }
            });
            // Ten megabytes exceed the kernel's buffers, and this thread did not wait for them.
            assertThat(outgoing.queuedBytes()).isPositive();
            for (int i = 0; i < 100; i++) {
                assertThat(client.receiveMessage().text()).isEqualTo(i + filler);
            }
        }
    }

    @Test
    void a_client_that_does_not_read_delays_nobody_in_its_batch_and_has_its_own_thread_then()
            throws Exception {
        try (var slow = RawClient.opened(server.port(), "/echo");
                var scheduler = new Scheduler()) {
            // The order of the queues is that of the clients only if the first is open by now.
            var slowQueue = server.outgoing();
            readAllButOne(slow, slowQueue, scheduler);
        }
    }

    private void readAllButOne(RawClient slow, OutgoingQueue slowQueue, Scheduler scheduler)
            throws Exception {
        var sent = new ArrayList<String>();
        try (var fast = RawClient.opened(server.port(), "/echo")) {
            TestHost.await("both are open", () -> server.outgoings.size() == 2);
            long blockedAt = 0;
            while (blockedAt == 0 || System.nanoTime() - blockedAt < BLOCKED_NANOS) {
                sent.add(sent.size() + "x".repeat(blockedAt == 0 ? 30_000 : 0));
                var _ = batch(sent.getLast(), scheduler);
                assertThat(fast.receiveMessage().text()).isEqualTo(sent.getLast());
                if (slowQueue.queuedBytes() == 0) {
                    // The write was only late.
                    blockedAt = 0;
                } else if (blockedAt == 0) {
                    blockedAt = System.nanoTime();
                }
            }
            for (var message : sent) {
                assertThat(slow.receiveMessage().text()).isEqualTo(message);
            }
            TestHost.await("its queue is empty", () -> slowQueue.queuedBytes() == 0);
            assertThat(batch("last", scheduler)).isLessThan(2);
            assertThat(fast.receiveMessage().text()).isEqualTo("last");
            assertThat(slow.receiveMessage().text()).isEqualTo("last");
        }
    }

    /// Sends a message to all sockets.
    ///
    /// @return how many sockets are written by one thread
    private int batch(String message, Scheduler scheduler) throws InterruptedException {
        var writes = new ArrayDeque<Runnable>();
        DeferredWork.collect(
                writes, 10, () -> server.outgoings.forEach(outgoing -> outgoing.text(message)));
        var finished = new CountDownLatch(1);
        TaskBatch.start("batch", writes, scheduler, finished::countDown);
        assertThat(finished.await(10, TimeUnit.SECONDS)).isTrue();
        return writes.size();
    }

    /// Platform threads only.
    private static long platformReaders() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("socket-"))
                .count();
    }
}

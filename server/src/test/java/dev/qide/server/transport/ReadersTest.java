package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.concurrent.DeferredWork;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The threads that read a socket and write to it.
class ReadersTest {
    private static final int PLATFORM_READERS = 64;
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

    /// Platform threads only.
    private static long platformReaders() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("socket-"))
                .count();
    }
}

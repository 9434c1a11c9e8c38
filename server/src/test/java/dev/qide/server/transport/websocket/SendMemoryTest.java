package dev.qide.server.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Ten sockets that together may queue a thousand bytes.
class SendMemoryTest {
    private static final int BOUND = 1_000;
    private static final int SHARE = BOUND / 10;

    private final SendMemory memory = new SendMemory(BOUND, () -> 10);

    @Test
    void below_the_bound_a_queue_may_take_any_size() {
        memory.changed(BOUND);

        assertThat(memory.exceedsBound(BOUND, false)).isFalse();
    }

    @Test
    void beyond_the_bound_sockets_that_do_not_keep_up_have_an_even_share() {
        memory.changed(BOUND + 1);

        assertThat(memory.exceedsBound(SHARE, false)).isFalse();
        assertThat(memory.exceedsBound(SHARE + 1, false)).isTrue();
        assertThat(memory.exceedsBound(BOUND, true)).isFalse();
    }

    @Test
    void beyond_twice_the_bound_every_socket_has_an_even_share() {
        memory.changed(2 * BOUND + 1);

        assertThat(memory.exceedsBound(SHARE, true)).isFalse();
        assertThat(memory.exceedsBound(SHARE + 1, true)).isTrue();
    }
}

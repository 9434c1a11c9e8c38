package dev.qide.server.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.FailureException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

final class RequestMemoryTest {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private final RequestMemory memory = new RequestMemory(4 * MIB);

    @Test
    void all_together_have_a_bound_and_one_person_half_of_it() {
        var ann = memory.of("ann");
        assertThat(ann.tryHold(MIB)).isTrue();
        assertThat(memory.of("ann").tryHold(2 * MIB)).isFalse();
        var alsoAnn = memory.of("ann");
        assertThat(alsoAnn.tryHold(MIB)).isTrue();
        var bob = memory.of("bob");
        assertThat(bob.tryHold(2 * MIB)).isFalse();
        assertThat(bob.tryHold(MIB + 512 * KIB)).isTrue();
        assertThat(memory.of("cleo").tryHold(MIB)).isFalse();
        ann.close();
        alsoAnn.close();
        bob.close();
        assertThat(memory.heldBytes()).isZero();
        assertThat(memory.of("cleo").tryHold(4 * MIB)).isTrue();
    }

    @Test
    void several_people_together_leave_slots_for_small_requests_of_others() {
        for (var hog : new String[] {"ann", "bob", "cleo", "dan"}) {
            while (memory.of(hog).tryHold(64 * KIB)) {
                assertThat(memory.heldBytes()).isLessThan(4 * MIB);
            }
        }
        for (int i = 0; i < 32; i++) {
            assertThat(memory.of("person-" + i).tryHold(16 * KIB)).isTrue();
        }
        assertThat(memory.of("another").tryHold(16 * KIB)).isFalse();
    }

    @Test
    void held_memory_is_charged_to_the_person_once_known() {
        var stranger = memory.of("127.0.0.1");
        assertThat(stranger.tryHold(2 * MIB)).isTrue();
        stranger.belongsTo("ann");
        assertThat(memory.of("127.0.0.1").tryHold(MIB)).isTrue();
        assertThat(memory.of("ann").tryHold(MIB)).isFalse();
    }

    @Test
    void a_waiting_request_gets_the_memory_that_another_releases() throws Exception {
        var first = memory.of("ann");
        assertThat(first.tryHold(4 * MIB)).isTrue();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Boolean> waiting =
                    () -> {
                        memory.of("bob").hold(3 * MIB);
                        return true;
                    };
            var got = threads.submit(waiting);
            first.close();
            assertThat(got.get()).isTrue();
        }
        assertThat(memory.heldBytes()).isEqualTo(3 * MIB);
    }

    @Test
    void a_request_larger_than_all_memory_is_refused_at_once() {
        Assertions.assertThatThrownBy(() -> memory.of("ann").hold(5 * MIB))
                .isInstanceOf(FailureException.class);
        assertThat(memory.heldBytes()).isZero();
    }
}

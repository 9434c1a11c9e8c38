package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Sets of ids and state vectors.
class IdSetTest {
    @Test
    void touching_and_overlapping_ranges_become_one() {
        var set = new IdSet();
        set.add(1, 5, 7);
        set.add(1, 0, 2);
        set.add(1, 2, 5);
        set.add(2, 9, 10);
        assertThat(set).hasToString("{1:0..7, 2:9..10}");
        assertThat(set.prefix(1)).isEqualTo(7);
        assertThat(set.prefix(2)).isZero();
        assertThat(set.prefix(3)).isZero();
        assertThat(set.clients()).containsExactly(1L, 2L);
    }

    @Test
    void a_random_set_agrees_with_a_bit_set() {
        var random = new Random(7);
        for (int round = 0; round < 300; round++) {
            var set = new IdSet();
            var bits = new BitSet();
            for (int i = 0; i < 40; i++) {
                int from = random.nextInt(200);
                int to = from + 1 + random.nextInt(9);
                addSomehow(random, set, from, to);
                bits.set(from, to);
                set.checkInvariants();
                int probe = random.nextInt(205);
                int behind = probe + 1 + random.nextInt(4);
                assertThat(set.contains(3, probe, behind))
                        .isEqualTo(bits.get(probe, behind).cardinality() == behind - probe);
            }
            var other = set.copy();
            assertThat(other).isEqualTo(set);
            other.add(3, 300, 301);
            assertThat(set.containsAll(other)).isFalse();
            assertThat(other.containsAll(set)).isTrue();
        }
    }

    private static void addSomehow(Random random, IdSet set, int from, int to) {
        if (random.nextBoolean()) {
            set.add(3, from, to);
            return;
        }
        var other = new IdSet();
        int count = to - from;
        long[] pairs = new long[2 * count];
        for (int i = 0; i < count; i++) {
            pairs[2 * i] = (long) to - 1 - i;
            pairs[2 * i + 1] = (long) to - i;
        }
        other.addUnsorted(3, pairs, count);
        set.addAll(other);
    }

    @Test
    void ranges_outside_the_clocks_are_refused() {
        var set = new IdSet();
        assertThatThrownBy(() -> set.add(1, 3, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> set.add(1, -1, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> set.add(1, 0, 1L << 53))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(set.isEmpty()).isTrue();
    }

    @Test
    void a_state_vector_names_what_comes_next_highest_client_first() {
        var vector = StateVector.of(Map.of(7L, 2L, 300L, 1L, 9L, 0L));
        assertThat(vector.encode()).isEqualTo(Golden.bytes("02 · ac02 01 · 07 02"));
        assertThat(StateVector.decode(vector.encode())).isEqualTo(vector);
        assertThat(vector.clock(7)).isEqualTo(2);
        assertThat(vector.clock(9)).isZero();
        assertThat(vector.clients()).containsExactly(300L, 7L);
        assertThat(StateVector.EMPTY.encode()).isEqualTo(Golden.bytes("00"));
    }

    @Test
    void a_state_vector_of_a_set_stops_at_the_first_gap() {
        var set = new IdSet();
        set.add(1, 0, 4);
        set.add(1, 6, 9);
        set.add(2, 1, 2);
        assertThat(StateVector.prefixesOf(set)).isEqualTo(StateVector.of(Map.of(1L, 4L)));
    }

    @Test
    void a_malformed_state_vector_is_refused() {
        for (String bad : new String[] {"", "01", "01 07", "00 00", "ffffffffffffff0f 01 01"}) {
            assertThatThrownBy(() -> StateVector.decode(Golden.bytes(bad)))
                    .isInstanceOf(MalformedUpdateException.class);
        }
    }
}

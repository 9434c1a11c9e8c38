package dev.qide.server.ai.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.wire.ChatDeltaParams.Kind;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// The deltas of a running turn, and the memory that they take.
class ChatDeltaBufferTest {
    private final ChatDeltaBuffer deltas = new ChatDeltaBuffer();
    private final ArrayList<String> read = new ArrayList<>();

    @Test
    void a_later_reader_gets_what_it_lacks_and_all_that_follows() {
        deltas.add(Kind.THINKING, "hm ");
        deltas.add(Kind.TEXT, "a");
        deltas.attach(1, this::read);
        deltas.add(Kind.TEXT, "b");
        deltas.add(Kind.THINKING, "so");
        deltas.detach();
        deltas.add(Kind.TEXT, "c");

        assertThat(read).containsExactly("2 TEXT a", "3 TEXT b", "4 THINKING so");
        assertThat(deltas.text()).isEqualTo("abc");
        assertThat(deltas.last()).isEqualTo(5);
    }

    @Test
    void an_empty_delta_is_none() {
        deltas.attach(0, this::read);

        assertThat(deltas.add(Kind.TEXT, "")).isTrue();
        assertThat(deltas.last()).isZero();
        assertThat(read).isEmpty();
    }

    /// A delta of its own for each character cost a hundred bytes of it.
    @Test
    void many_short_deltas_are_bounded_in_number() {
        int added = 1;
        while (deltas.add(Kind.TEXT, "x")) {
            added++;
        }
        deltas.attach(added - 2, this::read);

        assertThat(added).isEqualTo(ChatDeltaBuffer.DELTAS);
        assertThat(read).containsExactly((added - 1) + " TEXT x", added + " TEXT x");
    }

    private void read(ChatDeltaBuffer.Delta delta) {
        read.add(delta.sequence() + " " + delta.kind() + " " + delta.text());
    }
}

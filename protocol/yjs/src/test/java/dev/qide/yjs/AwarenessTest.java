package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Awareness, against the rules and recorded bytes of y-protocols.
class AwarenessTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final Awareness ann = new Awareness(1, now::get);
    private final Awareness bob = new Awareness(2, now::get);

    @Test
    void messages_have_the_recorded_bytes() {
        var here = List.of(new Awareness.Entry(7, 0, "{}"));
        assertThat(Awareness.encode(here)).isEqualTo(Golden.bytes("01 07 00 02 7b7d"));
        var gone = List.of(new Awareness.Entry(7, 1, null));
        assertThat(Awareness.encode(gone)).isEqualTo(Golden.bytes("01 07 01 04 6e756c6c"));
        assertThat(Awareness.decode(Awareness.encode(gone))).isEqualTo(gone);
    }

    @Test
    void the_higher_clock_wins_and_leaving_wins_a_tie() {
        bob.setOwnState("{\"n\":1}");
        byte[] first = bob.encode(List.of(2L));
        bob.setOwnState("{\"n\":2}");
        byte[] second = bob.encode(List.of(2L));
        assertThat(ann.apply(second).added()).containsExactly(2L);
        assertThat(ann.apply(first).isEmpty()).isTrue();
        assertThat(ann.states()).containsEntry(2L, "{\"n\":2}");
        var gone = Awareness.encode(List.of(new Awareness.Entry(2, 1, null)));
        assertThat(ann.apply(gone).removed()).containsExactly(2L);
        assertThat(ann.apply(gone).isEmpty()).isTrue();
    }

    @Test
    void a_state_that_is_not_renewed_expires() {
        bob.setOwnState("{}");
        ann.setOwnState("{}");
        ann.apply(bob.encode(List.of(2L)));
        now.set(Instant.EPOCH.plus(Awareness.RENEWAL));
        assertThat(ann.needsRenewal()).isTrue();
        assertThat(ann.expire().isEmpty()).isTrue();
        now.set(Instant.EPOCH.plus(Awareness.OUTDATED));
        assertThat(ann.expire().removed()).containsExactly(2L);
        assertThat(ann.states()).containsOnlyKeys(1L);
    }

    @Test
    void a_malformed_message_changes_nothing() {
        for (String bad : new String[] {"", "01", "01 07 00 01 7b", "01 07 00 02 7b7d 00"}) {
            assertThatThrownBy(() -> ann.apply(Golden.bytes(bad)))
                    .isInstanceOf(MalformedUpdateException.class);
        }
        assertThat(ann.states()).isEmpty();
    }

    @Test
    void sync_messages_have_the_recorded_bytes() {
        var step1 = SyncProtocol.decode(new Lib0Decoder(Golden.bytes("00 03 010702")));
        assertThat(step1).isInstanceOf(SyncProtocol.Message.Step1.class);
        var doc = new Doc(Doc.Options.of(1));
        var update = "0c 01 01 07 00 04 01 01 74 02 6869 00".replace(" ", "");
        SyncProtocol.receive(
                doc, SyncProtocol.decode(new Lib0Decoder(Golden.bytes("02" + update))), null);
        assertThat(doc.text("t").toString()).isEqualTo("hi");
        var all = new SyncProtocol.Message.Step1(StateVector.EMPTY);
        assertThat(SyncProtocol.receive(doc, all, null)).isEqualTo(Golden.bytes("01" + update));
    }
}

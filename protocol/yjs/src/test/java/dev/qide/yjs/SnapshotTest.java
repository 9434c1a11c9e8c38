package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Snapshots of a document and documents restored from them. [GoldenTest] compares the bytes and
/// the restored documents with the real Yjs.
class SnapshotTest {
    private static Doc keeping(long client) {
        return new Doc(new Doc.Options(client, false, true, DecodeLimits.STANDARD));
    }

    @Test
    void a_snapshot_restores_deleted_text_and_hides_what_came_later() {
        var doc = keeping(1);
        doc.text("t").insert(0, "hello world");
        doc.map("m").set("k", Value.of("old"));
        var snapshot = Snapshot.of(doc);
        doc.text("t").delete(0, 6);
        doc.text("t").insert(3, "--");
        doc.map("m").set("k", Value.of("new"));
        byte[] before = doc.encodeStateAsUpdate();

        var restored = keeping(2);
        snapshot.restore(doc, restored);
        restored.checkInvariants();
        assertThat(restored.text("t")).hasToString("hello world");
        assertThat(restored.map("m").get("k")).isEqualTo(Value.of("old"));
        doc.checkInvariants();
        assertThat(doc.encodeStateAsUpdate()).isEqualTo(before);
        assertThat(doc.text("t")).hasToString("wor--ld");
    }

    @Test
    void every_state_of_a_document_can_be_restored() {
        var doc = keeping(1);
        var texts = new ArrayList<String>();
        var snapshots = new ArrayList<Snapshot>();
        for (int i = 0; i < 200; i++) {
            var text = doc.text("t");
            if (i % 3 == 2) {
                text.delete(i * 7L % text.length(), 1);
            } else {
                text.insert(i * 5L % (text.length() + 1), i % 2 == 0 ? "日" : "ab");
            }
            texts.add(text.toString());
            snapshots.add(Snapshot.of(doc));
        }
        for (int i = 0; i < texts.size(); i++) {
            var restored = keeping(2);
            Snapshot.decodeV2(snapshots.get(i).encodeV2()).restore(doc, restored);
            assertThat(restored.text("t")).hasToString(texts.get(i));
        }
    }

    @Test
    void a_document_that_collects_garbage_or_lacks_a_part_is_refused() {
        var collecting = new Doc(Doc.Options.of(1));
        collecting.text("t").insert(0, "a");
        var snapshot = Snapshot.of(collecting);
        assertThatThrownBy(() -> snapshot.restore(collecting, keeping(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("collectsGarbage = false");
        assertThatThrownBy(() -> snapshot.restore(keeping(3), keeping(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lacks a part of the snapshot");
    }

    @Test
    void a_snapshot_knows_which_updates_it_contains() {
        var doc = keeping(1);
        var updates = new ArrayList<byte[]>();
        var remove = doc.onUpdate((update, _) -> updates.add(update));
        doc.text("t").insert(0, "ab");
        doc.text("t").delete(0, 1);
        var snapshot = Snapshot.of(doc);
        doc.text("t").insert(1, "c");
        doc.text("t").delete(0, 1);
        remove.run();
        assertThat(updates.stream().map(snapshot::contains))
                .containsExactly(true, true, false, false);
        assertThat(Snapshot.EMPTY.contains(new byte[] {0, 0})).isTrue();
    }

    @Test
    void the_encoding_is_a_delete_set_and_a_state_vector() {
        var deletions = new IdSet();
        deletions.add(5, 3, 5);
        deletions.add(5, 9, 10);
        var snapshot = new Snapshot(deletions, StateVector.of(Map.of(5L, 12L)));
        assertThat(Golden.hex(snapshot.encode())).isEqualTo("01050203020901" + "01050c");
        assertThat(Golden.hex(snapshot.encodeV2())).isEqualTo("01050203010400" + "01050c");
        assertThat(Snapshot.decode(snapshot.encode())).isEqualTo(snapshot);
        assertThat(Snapshot.decodeV2(snapshot.encodeV2())).isEqualTo(snapshot);
    }

    @Test
    void damaged_snapshots_are_refused() {
        for (String hex : List.of("", "00", "01050203020901", "0105020302090101050c00", "01ff")) {
            byte[] bytes = Golden.bytes(hex);
            assertThatThrownBy(() -> Snapshot.decode(bytes))
                    .isInstanceOf(MalformedUpdateException.class);
            assertThatThrownBy(() -> Snapshot.decodeV2(bytes))
                    .isInstanceOf(MalformedUpdateException.class);
        }
    }
}

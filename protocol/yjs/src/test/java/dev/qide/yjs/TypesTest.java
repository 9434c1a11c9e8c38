package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The shared types as a program uses them, and their events.
class TypesTest {
    private static final Value TRUE = Value.of(true);

    private final Doc doc = new Doc(Doc.Options.of(1));
    private final Doc peer = new Doc(Doc.Options.of(2));

    private void sync() {
        peer.applyUpdate(doc.encodeStateAsUpdate(peer.stateVector()), "sync");
        doc.applyUpdate(peer.encodeStateAsUpdate(doc.stateVector()), "sync");
    }

    @Test
    void two_people_type_into_one_text() {
        doc.text("t").insert(0, "hello");
        sync();
        doc.text("t").insert(5, " world");
        peer.text("t").insert(0, "Oh, ");
        sync();
        assertThat(doc.text("t").toString()).isEqualTo("Oh, hello world");
        assertThat(peer.text("t").toString()).isEqualTo("Oh, hello world");
        peer.text("t").delete(0, 4);
        sync();
        assertThat(doc.text("t").toString()).isEqualTo("hello world");
        assertThat(doc.text("t").length()).isEqualTo(11);
    }

    @Test
    void the_parts_of_a_split_update_have_the_effect_of_the_whole() {
        var random = new Random(5);
        for (int i = 0; i < 400; i++) {
            RandomEdits.edit(random, i % 2 == 0 ? doc : peer);
            if (i % 7 == 0) {
                sync();
            }
        }
        var whole = doc.encodeStateAsUpdate();
        var parts = Updates.split(whole, 200);
        assertThat(parts).hasSizeGreaterThan(5);
        assertThat(parts).allSatisfy(part -> assertThat(part).hasSizeLessThan(whole.length / 2));
        var again = new Doc(new Doc.Options(3, true, false, DecodeLimits.STANDARD));
        parts.forEach(again::applyUpdate);
        again.checkInvariants();
        assertThat(again.isWaiting()).isFalse();
        assertThat(again.encodeStateAsUpdate()).isEqualTo(whole);
        assertThat(Updates.split(whole, whole.length)).containsExactly(whole);
    }

    @Test
    void positions_outside_a_text_are_refused_and_change_nothing() {
        var text = doc.text("t");
        text.insert(0, "ab");
        assertThatThrownBy(() -> text.insert(3, "x")).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> text.delete(1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> text.insert(-1, "x"))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(text.toString()).isEqualTo("ab");
    }

    @Test
    void a_surrogate_pair_that_is_cut_leaves_a_replacement_on_both_sides() {
        doc.text("t").insert(0, "a😀b");
        doc.text("t").insert(2, "x");
        assertThat(doc.text("t").toString()).isEqualTo("a\uFFFDx\uFFFDb");
        sync();
        assertThat(peer.text("t").toString()).isEqualTo("a\uFFFDx\uFFFDb");
    }

    @Test
    void marks_apply_to_text_typed_inside_them() {
        var text = doc.text("t");
        text.insert(0, "plain bold plain");
        text.format(6, 4, Map.of("bold", TRUE));
        text.insert(8, "XX");
        assertThat(text.toDelta())
                .containsExactly(
                        Delta.insert("plain "),
                        new Delta.InsertText("boXXld", Map.of("bold", TRUE)),
                        Delta.insert(" plain"));
        text.format(0, text.length(), Map.of("bold", Value.NULL));
        assertThat(text.toDelta()).containsExactly(Delta.insert("plain boXXld plain"));
    }

    @Test
    void a_delta_produces_the_text_that_it_describes() {
        List<Delta> delta =
                List.of(
                        Delta.insert("a"),
                        new Delta.InsertText("b", Map.of("bold", TRUE)),
                        new Delta.InsertEmbed(Value.of(Map.of("image", "x")), Map.of()),
                        Delta.insert("c"));
        doc.text("t").applyDelta(delta);
        assertThat(doc.text("t").toDelta()).isEqualTo(delta);
        assertThat(doc.text("t").toString()).isEqualTo("abc");
    }

    @Test
    void the_events_of_a_text_replayed_elsewhere_keep_a_copy_equal() {
        var random = new Random(3);
        var copy = new Doc(Doc.Options.of(9)).text("copy");
        doc.text("rich").observe(event -> copy.applyDelta(event.delta()));
        for (int i = 0; i < 400; i++) {
            RandomEdits.edit(random, random.nextBoolean() ? doc : peer);
            if (random.nextInt(5) == 0) {
                sync();
            }
            assertThat(joined(copy.toDelta())).isEqualTo(joined(doc.text("rich").toDelta()));
        }
    }

    /// Joins adjacent texts with the same marks.
    private static List<Delta> joined(List<Delta> delta) {
        var joined = new ArrayList<Delta>();
        for (var step : delta) {
            if (!joined.isEmpty()
                    && joined.getLast() instanceof Delta.InsertText(var before, var marks)
                    && step instanceof Delta.InsertText(var text, var others)
                    && marks.equals(others)) {
                joined.set(joined.size() - 1, new Delta.InsertText(before + text, marks));
            } else {
                joined.add(step);
            }
        }
        return joined;
    }

    @Test
    void an_event_names_its_origin_and_its_place() {
        var events = new ArrayList<String>();
        doc.map("m").set("inner", new YText("a"));
        sync();
        doc.map("m")
                .observeDeep(list ->
                        list.forEach(event ->
                                events.add(
                                        event.origin()
                                                + " "
                                                + event.isLocal()
                                                + " "
                                                + event.path()
                                                + event.delta())));
        assertThat(peer.map("m").get("inner")).isInstanceOf(YText.class);
        ((YText) java.util.Objects.requireNonNull(peer.map("m").get("inner"))).insert(1, "b");
        sync();
        assertThat(events)
                .containsExactly(
                        "sync false [inner][Retain[length=1, attributes={}],"
                                + " InsertText[text=b, attributes={}]]");
    }

    @Test
    void the_events_of_a_map_name_the_change_of_each_key() {
        var changes = new ArrayList<Map<String, ChangeEvent.Action>>();
        var map = doc.map("m");
        map.observe(event -> changes.add(event.keys()));
        map.set("a", Value.of(1));
        map.set("a", Value.of(2));
        map.delete("a");
        doc.transact(() -> {
            map.set("b", Value.of(1));
            map.delete("b");
        });
        assertThat(changes)
                .containsExactly(
                        Map.of("a", ChangeEvent.Action.ADD),
                        Map.of("a", ChangeEvent.Action.UPDATE),
                        Map.of("a", ChangeEvent.Action.DELETE),
                        Map.of());
        assertThat(map.keys()).isEmpty();
    }

    @Test
    void arrays_hold_values_and_types() {
        var list = doc.array("l");
        list.push(Value.of(1), Value.of("x"), new YMap(Map.of("k", Value.NULL)), Value.of(2.5));
        list.insert(1, List.of(Value.UNDEFINED));
        list.delete(2, 1);
        sync();
        assertThat(peer.array("l").toJson())
                .isEqualTo(
                        Value.of(
                                List.of(
                                        1,
                                        Value.UNDEFINED,
                                        Value.of(java.util.Collections.singletonMap("k", null)),
                                        2.5)));
        assertThat(list.get(3)).isEqualTo(Value.of(2.5));
        assertThatThrownBy(() -> list.get(4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void a_transaction_is_one_update() {
        var updates = new ArrayList<byte[]>();
        doc.onUpdate((update, _) -> updates.add(update));
        doc.transact(() -> {
            doc.text("t").insert(0, "a");
            doc.map("m").set("k", Value.of(1));
            doc.text("t").insert(1, "b");
        });
        assertThat(updates).hasSize(1);
        peer.applyUpdate(updates.getFirst());
        assertThat(peer.text("t").toString()).isEqualTo("ab");
    }

    @Test
    void a_refused_update_leaves_the_document_as_it_was() {
        doc.text("t").insert(0, "a");
        byte[] before = doc.encodeStateAsUpdate();
        byte[] cut = java.util.Arrays.copyOf(before, before.length - 1);
        assertThatThrownBy(() -> doc.applyUpdate(cut)).isInstanceOf(MalformedUpdateException.class);
        assertThat(doc.encodeStateAsUpdate()).isEqualTo(before);
    }

    @Test
    void an_update_that_comes_too_early_waits() {
        var updates = new ArrayList<byte[]>();
        doc.onUpdate((update, _) -> updates.add(update));
        doc.text("t").insert(0, "a");
        doc.text("t").insert(1, "b");
        doc.text("t").delete(0, 1);
        peer.applyUpdate(updates.get(2));
        peer.applyUpdate(updates.get(1));
        assertThat(peer.isWaiting()).isTrue();
        assertThat(peer.text("t").toString()).isEmpty();
        peer.applyUpdate(updates.get(0));
        assertThat(peer.isWaiting()).isFalse();
        assertThat(peer.text("t").toString()).isEqualTo("b");
    }

    @Test
    void an_update_accepted_under_wide_limits_is_not_refused_after_it_has_waited() {
        var limits = new DecodeLimits(1 << 20, 1_000, DecodeLimits.MAXIMUM_DEPTH);
        var wide = new Doc(new Doc.Options(1, true, true, limits));
        Value deep = Value.of(1);
        for (int i = 0; i < 2 * DecodeLimits.STANDARD_DEPTH; i++) {
            deep = Value.of(List.of(deep));
        }
        var updates = new ArrayList<byte[]>();
        doc.onUpdate((update, _) -> updates.add(update));
        doc.array("l").push(Value.of(1));
        doc.array("l").push(deep);
        doc.array("l").push(Value.of(2));
        wide.applyUpdate(updates.get(2));
        wide.applyUpdate(updates.get(1));
        assertThat(wide.isWaiting()).isTrue();
        wide.applyUpdate(updates.get(0));
        assertThat(wide.array("l").length()).isEqualTo(3);
        assertThat(Updates.merge(updates)).isNotEmpty();
    }

    @Test
    void an_update_with_its_clients_in_another_order_merges_and_loads() {
        byte[] ascending =
                Golden.bytes("02 01 01 00 04 01 01 74 01 61 01 02 00 04 01 01 74 01 62 00");
        byte[] later = Golden.bytes("01 01 01 01 84 01 00 01 63 00");
        byte[] merged = Updates.merge(List.of(ascending, later));
        doc.applyUpdate(merged);
        peer.applyUpdate(later);
        peer.applyUpdate(ascending);
        assertThat(doc.text("t").toString()).isEqualTo("acb");
        assertThat(peer.encodeStateAsUpdate()).isEqualTo(doc.encodeStateAsUpdate());
    }

    @Test
    void many_pending_updates_are_merged_in_one_pass() {
        var updates = new ArrayList<byte[]>();
        doc.onUpdate((update, _) -> updates.add(update));
        for (int i = 0; i < 20_000; i++) {
            doc.text("t").insert(0, "ab");
        }
        updates.subList(1, updates.size()).forEach(peer::applyUpdate);
        updates.subList(1, updates.size()).forEach(peer::applyUpdate);
        assertThat(peer.text("t").length()).isZero();
        assertTimeout(Duration.ofSeconds(30), () -> peer.applyUpdate(updates.getFirst()));
        assertThat(peer.text("t").length()).isEqualTo(40_000);
        assertThat(peer.encodeStateAsUpdate()).isEqualTo(doc.encodeStateAsUpdate());
    }

    @Test
    void a_relative_position_stays_with_its_neighbour() {
        var text = doc.text("t");
        text.insert(0, "hello");
        var position = RelativePosition.of(text, 3, 0);
        text.insert(0, "oh ");
        var resolved = position.resolve(doc);
        assertThat(resolved).isEqualTo(new RelativePosition.Resolved(text, 6));
        assertThat(RelativePosition.decode(position.encode())).isEqualTo(position);
    }

    @Test
    void positions_are_found_in_a_long_text_of_many_pieces() {
        var random = new Random(8);
        var text = doc.text("t");
        var expected = new StringBuilder();
        for (int i = 0; i < 6_000; i++) {
            int at = random.nextInt(expected.length() + 1);
            if (random.nextInt(3) == 0 && at < expected.length()) {
                text.delete(at, 1);
                expected.deleteCharAt(at);
            } else {
                text.insert(at, "ab");
                expected.insert(at, "ab");
            }
            if (i % 500 == 0) {
                doc.checkInvariants();
            }
        }
        assertThat(text.toString()).isEqualTo(expected.toString());
        doc.checkInvariants();
    }

    @Test
    void types_nested_without_end_are_deleted_and_collected() {
        var update = new Lib0Encoder().writeVarUint(1).writeVarUint(100_000);
        update.writeVarUint(5).writeVarUint(0).writeRaw(Golden.bytes("07 01 01 6c 00"));
        for (int i = 1; i < 100_000; i++) {
            update.writeByte(7).writeByte(0).writeVarUint(5).writeVarUint(i - 1L).writeByte(0);
        }
        doc.applyUpdate(update.writeByte(0).toBytes());
        assertThat(doc.array("l").toJson()).isNotNull();
        doc.array("l").delete(0, 1);
        doc.checkInvariants();
        assertThat(doc.encodeStateAsUpdate()).hasSizeLessThan(100);
    }
}

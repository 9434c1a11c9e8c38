package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Readers of foreign bytes take time in proportion to their length, whatever they contain.
class LinearTimeTest {

    @Test
    void every_second_character_of_a_text_is_deleted() {
        Growth.check("delete from the front", 8_000, n -> holes(n, 0, 1), LinearTimeTest::apply);
        Growth.check(
                "delete wide text from the front",
                8_000,
                n -> List.of(text(1, "日".repeat(2 * n)), deleted(1, n, i -> 2L * i)),
                LinearTimeTest::apply);
        Growth.check(
                "delete in a mixed order",
                8_000,
                n -> List.of(text(1, "a".repeat(2 * n)), deleted(1, n, i -> 2L * mixed(i, n))),
                LinearTimeTest::apply);
    }

    @Test
    void every_second_value_of_a_list_is_deleted() {
        Growth.check(
                "delete values",
                8_000,
                n -> List.of(values(2 * n), deleted(1, n, i -> 2L * i)),
                LinearTimeTest::apply);
    }

    @Test
    void a_text_is_cut_by_inserts_of_somebody_else() {
        // Each cut is found in an index of the structs: n log n steps.
        Growth.checkUnordered(
                "cut from the front", 4_000, n -> cuts(n, i -> i), LinearTimeTest::apply);
        Growth.checkUnordered(
                "cut from the back", 4_000, n -> cuts(n, i -> n - 2 - i), LinearTimeTest::apply);
        Growth.checkUnordered(
                "cut anywhere", 2_000, n -> cuts(n, i -> mixed(i, n)), LinearTimeTest::apply);
    }

    @Test
    void a_text_before_many_structs_is_cut() {
        Growth.check("holes before others", 8_000, n -> holes(n, n, 1), LinearTimeTest::apply);
    }

    @Test
    void neighbours_that_were_deleted_become_one() {
        Growth.check(
                "deleted pairs",
                2_000,
                n -> List.of(structs(3 * n), deletedPairs(n)),
                LinearTimeTest::apply);
    }

    @Test
    void everything_is_put_in_at_the_front() {
        Growth.check("at the front", 8_000, LinearTimeTest::front, LinearTimeTest::apply);
        Growth.check(
                "one value after the other",
                8_000,
                n -> {
                    var updates = new ArrayList<byte[]>();
                    for (int i = 0; i < n; i++) {
                        updates.add(value(i));
                    }
                    return updates;
                },
                LinearTimeTest::apply);
    }

    @Test
    void one_key_is_set_again_and_again() {
        Growth.check("a key without origins", 8_000, LinearTimeTest::key, LinearTimeTest::apply);
    }

    @Test
    void heads_vectors_and_presence() {
        Growth.check("head", 20_000, LinearTimeTest::front, UpdateHeader::read);
        Growth.checkUnordered(
                "delete set in a mixed order",
                4_000,
                n -> deleted(1, n, i -> 2L * mixed(i, n)),
                UpdateHeader::read);
        Growth.checkUnordered("state vector", 20_000, LinearTimeTest::vector, StateVector::decode);
        Growth.check("presence", 20_000, LinearTimeTest::presence, Awareness::decode);
        Growth.checkUnordered("many clients", 8_000, LinearTimeTest::clients, UpdateHeader::read);
        Growth.checkUnordered(
                "merge",
                2_000,
                n -> {
                    var updates = new ArrayList<byte[]>();
                    for (int i = 0; i < n; i++) {
                        updates.add(text(i % 7 == 0 ? 1 : i + 2, "ab"));
                    }
                    return updates;
                },
                Updates::merge);
    }

    @Test
    void updates_in_format_v2() {
        Growth.check("to v2", 20_000, LinearTimeTest::front, Updates::toV2);
        Growth.check("to v1", 20_000, n -> Updates.toV2(front(n)), Updates::toV1);
        Growth.check(
                "wide text to v1",
                20_000,
                n -> Updates.toV2(text(1, "日😀".repeat(n))),
                Updates::toV1);
        Growth.check("keys to v1", 8_000, n -> Updates.toV2(marks(n)), Updates::toV1);
        Growth.checkUnordered(
                "delete set in a mixed order to v1",
                4_000,
                n -> deletedV2(n, i -> 2L * mixed(i, n)),
                Updates::toV1);
    }

    @Test
    void long_values() {
        Growth.check("JSON", 100_000, n -> embed("[" + "1,".repeat(n) + "1]"), UpdateHeader::read);
        Growth.check(
                "escapes",
                100_000,
                n -> embed('"' + "\\u0001".repeat(n) + '"'),
                b -> apply(List.of(b)));
        Growth.check(
                "digits", 100_000, n -> embed("1".repeat(n) + "e-" + n), b -> apply(List.of(b)));
    }

    @Test
    void deep_values_are_refused_by_name() {
        var open = "[".repeat(100_000);
        assertThatThrownBy(() -> UpdateHeader.read(embed(open + "]".repeat(100_000))))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("nested too deeply");
        var any = head(1, 1, 0).writeByte(StructCursor.ANY).writeByte(1).writeVarString("a");
        any.writeVarUint(1);
        for (int i = 0; i < 100_000; i++) {
            any.writeByte(Any.ARRAY).writeVarUint(1);
        }
        byte[] deep = any.writeByte(Any.NULL).writeByte(0).toBytes();
        assertThatThrownBy(() -> UpdateHeader.read(deep))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("nested too deeply");
    }

    @Test
    void types_in_types_overflow_no_stack() {
        int depth = 50_000;
        var encoder = head(depth, 1, 0);
        for (int i = 0; i < depth; i++) {
            encoder.writeByte(StructCursor.TYPE);
            if (i == 0) {
                encoder.writeByte(1).writeVarString("a");
            } else {
                encoder.writeByte(0).writeVarUint(1).writeVarUint(i - 1L);
            }
            encoder.writeVarUint(0);
        }
        var doc = new Doc(new Doc.Options(7, true, true, DecodeLimits.STANDARD));
        doc.applyUpdate(encoder.writeByte(0).toBytes());
        assertThat(doc.stateVector().clock(1)).isEqualTo(depth);
        assertThat(doc.array("a").toJson().toString()).isNotEmpty();
        doc.applyUpdate(deleted(1, 1, _ -> 0));
        assertThat(doc.array("a").length()).isZero();
        assertThat(doc.encodeStateAsUpdate()).isNotEmpty();
    }

    private static void apply(List<byte[]> updates) {
        var doc = new Doc(new Doc.Options(7, true, false, DecodeLimits.STANDARD));
        var _ = doc.text("t");
        doc.transact(null, _ -> updates.forEach(doc::applyUpdate));
    }

    private static void apply(byte[] update) {
        apply(List.of(update));
    }

    private static int mixed(int i, int n) {
        return (int) ((long) i * 7_919 % n);
    }

    private static Lib0Encoder head(int structs, long client, long clock) {
        return new Lib0Encoder()
                .writeVarUint(1)
                .writeVarUint(structs)
                .writeVarUint(client)
                .writeVarUint(clock);
    }

    private static byte[] text(long client, String text) {
        return head(1, client, 0)
                .writeByte(StructCursor.STRING)
                .writeByte(1)
                .writeVarString("t")
                .writeVarString(text)
                .writeByte(0)
                .toBytes();
    }

    private static byte[] embed(String json) {
        return head(1, 1, 0)
                .writeByte(StructCursor.EMBED)
                .writeByte(1)
                .writeVarString("t")
                .writeVarString(json)
                .writeByte(0)
                .toBytes();
    }

    private static byte[] values(int count) {
        var encoder = head(1, 1, 0).writeByte(StructCursor.ANY).writeByte(1).writeVarString("a");
        encoder.writeVarUint(count);
        for (int i = 0; i < count; i++) {
            encoder.writeByte(Any.NULL);
        }
        return encoder.writeByte(0).toBytes();
    }

    /// The i-th value of a list, after the previous one.
    private static byte[] value(int i) {
        var encoder = head(1, 1, i);
        if (i == 0) {
            encoder.writeByte(StructCursor.ANY).writeByte(1).writeVarString("a");
        } else {
            encoder.writeByte(StructCursor.ANY | StructCursor.HAS_ORIGIN);
            encoder.writeVarUint(1).writeVarUint(i - 1L);
        }
        return encoder.writeVarUint(1).writeByte(Any.NULL).writeByte(0).toBytes();
    }

    private interface Clocks {
        long of(int i);
    }

    private static byte[] deleted(long client, int count, Clocks clocks) {
        var encoder = new Lib0Encoder().writeVarUint(0).writeVarUint(1);
        encoder.writeVarUint(client).writeVarUint(count);
        for (int i = 0; i < count; i++) {
            encoder.writeVarUint(clocks.of(i)).writeVarUint(1);
        }
        return encoder.toBytes();
    }

    /// Within one client, format v2 writes ranges in ascending order; a client may occur again.
    private static byte[] deletedV2(int count, Clocks clocks) {
        var encoder = new Lib0Encoder();
        encoder.writeRaw(Updates.toV2(new byte[] {0, 0}), 0, 12).writeVarUint(count);
        for (int i = 0; i < count; i++) {
            encoder.writeVarUint(1).writeVarUint(1).writeVarUint(clocks.of(i)).writeVarUint(0);
        }
        return encoder.toBytes();
    }

    private static byte[] deletedPairs(int count) {
        var encoder = new Lib0Encoder().writeVarUint(0).writeVarUint(1);
        encoder.writeVarUint(1).writeVarUint(count);
        for (int i = 0; i < count; i++) {
            encoder.writeVarUint(3L * i).writeVarUint(2);
        }
        return encoder.toBytes();
    }

    /// A text, `others` structs of the same author that cannot be merged, and every second
    /// character of the text deleted.
    private static List<byte[]> holes(int n, int others, long author) {
        var encoder = head(1 + others, author, 0);
        encoder.writeByte(StructCursor.STRING).writeByte(1).writeVarString("t");
        encoder.writeVarString("a".repeat(2 * n));
        for (int i = 0; i < others; i++) {
            encoder.writeByte(StructCursor.EMBED).writeByte(1).writeVarString("o" + i % 2);
            encoder.writeVarString("1");
        }
        return List.of(encoder.writeByte(0).toBytes(), deleted(author, n, i -> 2L * i));
    }

    /// Structs that cannot be merged with each other before they are deleted.
    private static byte[] structs(int count) {
        var encoder = head(count, 1, 0);
        for (int i = 0; i < count; i++) {
            boolean isFirst = i == 0;
            encoder.writeByte(StructCursor.EMBED | (isFirst ? 0 : StructCursor.HAS_ORIGIN));
            if (isFirst) {
                encoder.writeByte(1).writeVarString("t");
            } else {
                encoder.writeVarUint(1).writeVarUint(i - 1L);
            }
            encoder.writeVarString("1");
        }
        return encoder.writeByte(0).toBytes();
    }

    /// A text of one author with a letter of another author at every position.
    private static List<byte[]> cuts(int n, Clocks places) {
        var encoder = head(n - 1, 2, 0);
        for (int i = 0; i < n - 1; i++) {
            long place = Math.min(places.of(i), n - 2L);
            encoder.writeByte(
                    StructCursor.STRING | StructCursor.HAS_ORIGIN | StructCursor.HAS_RIGHT_ORIGIN);
            encoder.writeVarUint(1).writeVarUint(place).writeVarUint(1).writeVarUint(place + 1);
            encoder.writeVarString("b");
        }
        return List.of(text(1, "a".repeat(n)), encoder.writeByte(0).toBytes());
    }

    private static byte[] front(int n) {
        var encoder = head(n, 1, 0);
        for (int i = 0; i < n; i++) {
            if (i == 0) {
                encoder.writeByte(StructCursor.STRING).writeByte(1).writeVarString("t");
            } else {
                encoder.writeByte(StructCursor.STRING | StructCursor.HAS_RIGHT_ORIGIN);
                encoder.writeVarUint(1).writeVarUint(i - 1L);
            }
            encoder.writeVarString("a");
        }
        return encoder.writeByte(0).toBytes();
    }

    private static byte[] marks(int n) {
        var encoder = head(n, 1, 0);
        for (int i = 0; i < n; i++) {
            encoder.writeByte(StructCursor.FORMAT).writeByte(1).writeVarString("t");
            encoder.writeVarString("bold" + i).writeVarString("true");
        }
        return encoder.writeByte(0).toBytes();
    }

    private static byte[] key(int n) {
        var encoder = head(n, 1, 0);
        for (int i = 0; i < n; i++) {
            encoder.writeByte(StructCursor.ANY | StructCursor.HAS_PARENT_SUB);
            encoder.writeByte(1).writeVarString("m").writeVarString("k");
            encoder.writeVarUint(1).writeByte(Any.NULL);
        }
        return encoder.writeByte(0).toBytes();
    }

    private static byte[] clients(int n) {
        var encoder = new Lib0Encoder().writeVarUint(n);
        for (int i = 0; i < n; i++) {
            encoder.writeVarUint(1).writeVarUint(1 + mixed(i, n)).writeVarUint(0);
            encoder.writeByte(StructCursor.STRING).writeByte(1).writeVarString("t" + i);
            encoder.writeVarString("a");
        }
        return encoder.writeByte(0).toBytes();
    }

    private static byte[] vector(int n) {
        var encoder = new Lib0Encoder().writeVarUint(n);
        for (int i = 0; i < n; i++) {
            encoder.writeVarUint(mixed(i, n)).writeVarUint(1);
        }
        return encoder.toBytes();
    }

    private static byte[] presence(int n) {
        var random = new Random(5);
        var entries = new ArrayList<Awareness.Entry>();
        for (int i = 0; i < n; i++) {
            entries.add(new Awareness.Entry(random.nextInt(n), i, "{\"a\":[1,2]}"));
        }
        return Awareness.encode(entries);
    }
}

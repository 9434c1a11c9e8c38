package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Update format v2, against bytes written by hand from the definition. [GoldenTest] compares it
/// with the real Yjs.
class UpdateV2Test {
    /// The columns of an update in the order of the format, then the rest.
    private enum Column {
        KEY_CLOCKS,
        CLIENTS,
        LEFT_CLOCKS,
        RIGHT_CLOCKS,
        INFOS,
        STRINGS,
        PARENT_INFOS,
        TYPE_REFS,
        LENGTHS,
        REST
    }

    /// A text `t` of client 1 with "ab", written by client 1.
    private static final Map<Column, String> TEXT =
            Map.of(
                    Column.CLIENTS, "01",
                    Column.INFOS, "04",
                    Column.STRINGS, "03 746162 01 02",
                    Column.PARENT_INFOS, "01",
                    Column.REST, "01 01 00 00");

    @Test
    void the_fields_of_a_struct_are_in_columns() {
        byte[] v2 = update(TEXT);
        byte[] v1 = Golden.bytes("01 01 01 00 04 01 01 74 02 6162 00");
        assertThat(Golden.hex(Updates.toV1(v2))).isEqualTo(Golden.hex(v1));
        assertThat(Golden.hex(Updates.toV2(v1))).isEqualTo(Golden.hex(v2));
        var doc = new Doc(Doc.Options.of(9));
        doc.applyUpdateV2(v2, null);
        assertThat(doc.text("t")).hasToString("ab");
    }

    @Test
    void documents_exchange_updates_in_format_v2() {
        var ann = new Doc(Doc.Options.of(1));
        var bob = new Doc(Doc.Options.of(2));
        var remove = ann.onUpdateV2(bob::applyUpdateV2);
        ann.text("t").insert(0, "hello");
        ann.text("t").format(0, 2, Map.of("bold", Value.of(true)));
        ann.map("m").set("k", Value.of(0.5));
        remove.run();
        ann.text("t").insert(5, " world");
        bob.applyUpdateV2(ann.encodeStateAsUpdateV2(bob.stateVector()), null);
        assertThat(bob.text("t")).hasToString("hello world");
        assertThat(bob.encodeStateAsUpdate()).isEqualTo(ann.encodeStateAsUpdate());
    }

    @Test
    void runs_of_equal_values_are_written_once() {
        var uints = new UintOptRleEncoder();
        for (long value : new long[] {0, 0, 0, 7, 7, 300, 0}) {
            uints.write(value);
        }
        assertThat(Golden.hex(uints.finish())).isEqualTo("4001" + "4700" + "ac04" + "00");
        var clocks = new IntDiffOptRleEncoder();
        for (long value : new long[] {1, 2, 3, 2, 9}) {
            clocks.write(value);
        }
        assertThat(Golden.hex(clocks.finish())).isEqualTo("0301" + "42" + "0e");
        var bytes = new RleEncoder();
        for (int value : new int[] {4, 4, 4, 0, 0}) {
            bytes.write(value);
        }
        assertThat(Golden.hex(bytes.finish())).isEqualTo("0402" + "00");
    }

    @Test
    void columns_read_what_they_write() {
        long[] values = {0, 0, 5, 5, 5, 4, 3, 2, 1, 0, (1L << 52) - 1, 0, 1, 3, 5, 7, 0};
        var uints = new UintOptRleEncoder();
        var clocks = new IntDiffOptRleEncoder();
        for (long value : values) {
            uints.write(value);
            clocks.write(value);
        }
        var readUints = new UintOptRleDecoder(new Lib0Decoder(uints.finish()));
        var readClocks = new IntDiffOptRleDecoder(new Lib0Decoder(clocks.finish()));
        for (long value : values) {
            assertThat(readUints.read()).isEqualTo(value);
            assertThat(readClocks.read()).isEqualTo(value);
        }
        assertThat(readUints.isAtEnd()).isTrue();
        assertThat(readClocks.isAtEnd()).isTrue();
    }

    /// Yjs's writer never refers to an earlier key, but its reader follows references, and other
    /// libraries write them.
    @Test
    void a_key_may_be_a_reference_to_an_earlier_one() {
        byte[] v2 =
                update(
                        Map.of(
                                Column.KEY_CLOCKS, "01 00", // two keys, both number 0
                                Column.CLIENTS, "41 00", // client 1, then the origin's
                                Column.LEFT_CLOCKS, "00",
                                Column.INFOS, "06 00 86",
                                Column.STRINGS, "05 74626f6c64 01 04",
                                Column.PARENT_INFOS, "01",
                                Column.REST, "01 02 00 78 7e 00"));
        byte[] v1 =
                Golden.bytes(
                        "01 02 01 00 06 01 01 74 04 626f6c64 04 74727565"
                                + " 86 01 00 04 626f6c64 04 6e756c6c 00");
        assertThat(Golden.hex(Updates.toV1(v2))).isEqualTo(Golden.hex(v1));
    }

    @Test
    void a_surrogate_pair_cut_by_two_strings_becomes_two_replacement_characters() {
        byte[] cut =
                update(
                        Map.of(
                                Column.CLIENTS, "41 00",
                                Column.LEFT_CLOCKS, "00",
                                Column.INFOS, "04 00 84",
                                Column.STRINGS, "05 74 f09f9880 41 01",
                                Column.PARENT_INFOS, "01",
                                Column.REST, "01 02 00 00"));
        assertThat(Golden.hex(Updates.toV1(cut)))
                .isEqualTo("010201000401017403efbfbd" + "84010003efbfbd00");
    }

    @Test
    void a_column_with_missing_or_further_values_is_refused() {
        refuses("input ends", with(Column.CLIENTS, ""));
        refuses("input ends", with(Column.INFOS, ""));
        refuses("input ends", with(Column.PARENT_INFOS, ""));
        refuses("input ends", with(Column.STRINGS, "03 746162 01"));
        refuses("a column has more values than the structs", with(Column.CLIENTS, "01 01"));
        refuses("a column has more values than the structs", with(Column.CLIENTS, "41 00"));
        refuses("a column has more values than the structs", with(Column.KEY_CLOCKS, "00"));
        refuses("a column has more values than the structs", with(Column.LEFT_CLOCKS, "00"));
        refuses("a column has more values than the structs", with(Column.RIGHT_CLOCKS, "00"));
        refuses("a column has more values than the structs", with(Column.INFOS, "04 01 00"));
        refuses("a column has more values than the structs", with(Column.TYPE_REFS, "02"));
        refuses("a column has more values than the structs", with(Column.LENGTHS, "01"));
        refuses(
                "a column has more values than the structs",
                with(Column.STRINGS, "04 74616263 01 02"));
        refuses("string exceeds its column", with(Column.STRINGS, "03 746162 01 03"));
        refuses("string is not UTF-8", with(Column.STRINGS, "03 7461e2 01 02"));
        refuses("unknown kind of parent", with(Column.PARENT_INFOS, "02"));
        refuses("unknown kind of content", with(Column.INFOS, "1f"));
        refuses("bytes follow the update", with(Column.REST, "01 01 00 00 00"));
        refuses("input ends", with(Column.REST, "01 01 00"));
        refuses(
                "deleted range exceeds",
                with(Column.REST, "01 01 00 01 05 01 00 ffffffffffffff0f"));
    }

    @Test
    void a_clock_below_0_is_refused() {
        refuses(
                "clock is not in 0..2^53-1",
                with(Column.INFOS, "84", Column.LEFT_CLOCKS, "42", Column.CLIENTS, "41 00"));
    }

    @Test
    void an_update_in_format_v1_is_named_as_such() {
        byte[] v1 = Updates.toV1(update(TEXT));
        assertThatThrownBy(() -> Updates.toV1(v1))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("not an update in format v2");
    }

    @Test
    void no_update_in_format_v2_is_taken_for_one_in_v1() {
        for (String line : Golden.lines("headers")) {
            byte[] v2 = Updates.toV2(Golden.bytes(line.substring(0, line.indexOf(' '))));
            assertThatThrownBy(() -> UpdateHeader.read(v2))
                    .as(line)
                    .isInstanceOf(MalformedUpdateException.class);
        }
        byte[] empty = Updates.toV2(new byte[] {0, 0});
        assertThat(Updates.toV1(empty)).isEqualTo(new byte[] {0, 0});
        assertThatThrownBy(() -> UpdateHeader.read(empty))
                .isInstanceOf(MalformedUpdateException.class);
    }

    @Test
    void a_value_without_a_json_form_is_refused_in_a_text() {
        for (String value : List.of("7f", "7a 0000000000000001", "75 01 7a 0000000000000001")) {
            refuses(
                    "value has no JSON form",
                    with(
                            Column.INFOS, "05",
                            Column.STRINGS, "01 74 01",
                            Column.REST, "01 01 00 " + value + " 00"));
        }
    }

    /// 2^53 − 1 structs in some thirty bytes: a run stands for any number of values.
    @Test
    void a_short_update_that_claims_billions_of_values_is_refused() {
        String most = "ffffffffffffff0f";
        var collected =
                Map.of(
                        Column.CLIENTS,
                        "01",
                        Column.INFOS,
                        "00",
                        Column.LENGTHS,
                        "41" + most,
                        Column.REST,
                        "01" + most + "00 00");
        var types =
                Map.of(
                        Column.CLIENTS, "41" + most,
                        Column.LEFT_CLOCKS, "01" + most,
                        Column.INFOS, "07 00 87",
                        Column.STRINGS, "01 74 01",
                        Column.PARENT_INFOS, "01",
                        Column.TYPE_REFS, "41" + most,
                        Column.REST, "01" + most + "00 00");
        var texts =
                with(
                        Column.INFOS, "02",
                        Column.STRINGS, "01 74 01 40" + most,
                        Column.LENGTHS, "bfffffffffffff1f");
        var keys =
                Map.of(
                        Column.KEY_CLOCKS, "01" + most,
                        Column.CLIENTS, "41" + most,
                        Column.LEFT_CLOCKS, "01" + most,
                        Column.INFOS, "07 00 87",
                        Column.STRINGS, "81 02" + "74".repeat(257) + "01 80 04",
                        Column.PARENT_INFOS, "01",
                        Column.TYPE_REFS, "43" + most,
                        Column.REST, "01" + most + "00 00");
        for (var claim : List.of(collected, types, texts, keys)) {
            refuses("update expands beyond the limit", claim);
            refusesWithin(new DecodeLimits(1_000, 1_000, 10), claim);
        }
    }

    private static void refusesWithin(DecodeLimits limits, Map<Column, String> columns) {
        assertThatThrownBy(() -> Updates.toV1(update(columns), limits))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("update expands beyond the limit");
    }

    @Test
    void many_structs_in_few_bytes_are_accepted_within_the_bound() {
        var doc = new Doc(Doc.Options.of(1));
        doc.transact(() -> {
            for (int i = 0; i < 50_000; i++) {
                doc.array("list").push(new YMap(Map.of()));
            }
        });
        byte[] v2 = doc.encodeStateAsUpdateV2(StateVector.EMPTY);
        assertThat(v2).hasSizeLessThan(60);
        assertThat(Updates.toV1(v2)).isEqualTo(doc.encodeStateAsUpdate());
    }

    @Test
    void clocks_beyond_the_range_of_format_v2_are_refused() {
        byte[] far =
                new Lib0Encoder()
                        .writeVarUint(1)
                        .writeVarUint(1)
                        .writeVarUint(1)
                        .writeVarUint(0)
                        .writeByte(StructCursor.STRING | StructCursor.HAS_ORIGIN)
                        .writeVarUint(2)
                        .writeVarUint(1L << 52)
                        .writeVarString("a")
                        .writeByte(0)
                        .toBytes();
        UpdateHeader.read(far);
        assertThatThrownBy(() -> Updates.toV2(far))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("no form in format v2");
    }

    @Test
    void a_refused_update_leaves_the_document_unchanged() {
        var doc = new Doc(Doc.Options.of(9));
        doc.applyUpdateV2(update(TEXT), null);
        byte[] before = doc.encodeStateAsUpdate();
        byte[] update = update(with(Column.CLIENTS, "02", Column.LENGTHS, "01"));
        assertThatThrownBy(() -> doc.applyUpdateV2(update, null))
                .isInstanceOf(MalformedUpdateException.class);
        assertThat(doc.encodeStateAsUpdate()).isEqualTo(before);
    }

    private static void refuses(String message, Map<Column, String> columns) {
        assertThatThrownBy(() -> Updates.toV1(update(columns)))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining(message);
    }

    /// [#TEXT] with other bytes in some columns.
    private static Map<Column, String> with(Object... columns) {
        var changed = new HashMap<>(TEXT);
        for (int i = 0; i < columns.length; i += 2) {
            changed.put((Column) columns[i], (String) columns[i + 1]);
        }
        return changed;
    }

    private static byte[] update(Map<Column, String> columns) {
        var encoder = new Lib0Encoder().writeByte(0);
        for (var column : Column.values()) {
            String none = column == Column.STRINGS ? "00" : "";
            byte[] bytes = Golden.bytes(columns.getOrDefault(column, none));
            if (column == Column.REST) {
                encoder.writeRaw(bytes);
            } else {
                encoder.writeVarBytes(bytes);
            }
        }
        return encoder.toBytes();
    }
}

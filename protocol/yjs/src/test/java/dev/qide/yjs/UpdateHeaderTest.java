package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// The reader of update headers: against bytes written by hand, against the real Yjs, and against
/// hostile input.
class UpdateHeaderTest {
    private static final String GENESIS =
            "01 02 8780808010 00 · 28 01 04 71696465 0b 696e6361726e6174696f6e 01 77 04 30313930"
                    + " · 04 01 07 636f6e74656e74 04 783d310a · 00";

    @Test
    void the_genesis_of_a_document_contains_its_entry_and_its_text() {
        var header = UpdateHeader.read(Golden.bytes(GENESIS));
        assertThat(header.structs()).hasToString("{4294967303:0..5}");
        assertThat(header.dependencies()).isEmpty();
        assertThat(header.deletions().isEmpty()).isTrue();
        assertThat(header.isEmpty()).isFalse();
    }

    @Test
    void an_empty_update_contains_nothing() {
        assertThat(UpdateHeader.read(Golden.bytes("00 00")).isEmpty()).isTrue();
    }

    @Test
    void a_typed_character_needs_the_one_before_it() {
        var header = UpdateHeader.read(Golden.bytes("01 01 07 02 · 84 07 01 · 01 21 · 00"));
        assertThat(header.structs()).hasToString("{7:2..3}");
        assertThat(header.dependencies()).containsOnly(new Id(7, 1));
    }

    @Test
    void neighbours_parents_and_predecessors_are_dependencies_unless_the_update_contains_them() {
        // 9:0 under the root, then 3:4 between 9:0 and 8:1, then 2:0 in the type 5:6.
        var header =
                UpdateHeader.read(
                        Golden.bytes(
                                "03 · 01 09 00 04 01 01 74 01 61"
                                        + " · 01 03 04 c4 09 00 08 01 01 62"
                                        + " · 01 02 00 24 00 05 06 01 6b 01 63 · 00"));
        assertThat(header.dependencies()).containsExactly(new Id(3, 3), new Id(8, 1), new Id(5, 6));
    }

    @Test
    void gaps_are_not_contained_and_structs_after_a_gap_depend_on_it() {
        var header = UpdateHeader.read(Golden.bytes("01 · 03 04 00 · 00 02 · 0a 03 · 00 01 · 00"));
        assertThat(header.structs()).hasToString("{4:0..2, 4:5..6}");
        assertThat(header.dependencies()).containsExactly(new Id(4, 4));
    }

    @Test
    void huge_lengths_cost_nothing() {
        var header =
                UpdateHeader.read(
                        Golden.bytes(
                                "01 · 01 04 00 · 00 ffffffffffffff0f"
                                        + " · 01 04 01 00 ffffffffffffff0f"));
        assertThat(header.structs().prefix(4)).isEqualTo(Lib0Decoder.MAXIMUM_UINT);
        assertThat(header.deletions().prefix(4)).isEqualTo(Lib0Decoder.MAXIMUM_UINT);
    }

    @Test
    void the_reader_agrees_with_yjs_on_thousands_of_updates() {
        var lines = Golden.lines("headers");
        assertThat(lines).hasSizeGreaterThan(3_000);
        for (String line : lines) {
            String[] parts = line.split(" ", -1);
            var header = UpdateHeader.read(Golden.bytes(parts[0]));
            header.structs().checkInvariants();
            header.deletions().checkInvariants();
            assertThat(header.structs()).as(parts[0]).isEqualTo(set(parts[1]));
            assertThat(header.deletions()).as(parts[0]).isEqualTo(set(parts[2]));
            assertThat(header.dependencies()).noneMatch(header.structs()::contains);
        }
    }

    private static IdSet set(String ranges) {
        var set = new IdSet();
        if (!ranges.equals("-")) {
            for (String range : ranges.split(",", -1)) {
                String[] parts = range.split("[:-]", -1);
                set.add(
                        Long.parseLong(parts[0]),
                        Long.parseLong(parts[1]),
                        Long.parseLong(parts[2]));
            }
        }
        return set;
    }

    @Test
    void input_that_would_break_yjs_is_refused() {
        refused("no bytes", "");
        refused("bytes behind the end", "00 00 00");
        refused("no delete set", "00");
        refused("unknown content", "01 01 07 00 · 0b 01 01 74 01 61 · 00");
        refused("unknown type", "01 01 07 00 · 07 01 01 74 07 · 00");
        refused("unknown parent", "01 01 07 00 · 04 02 01 74 01 61 · 00");
        refused("empty text", "01 01 07 00 · 04 01 01 74 00 · 00");
        refused("empty run", "01 01 07 00 · 00 00 · 00");
        refused("empty gap", "01 01 07 00 · 0a 00 · 00");
        refused("no values", "01 01 07 00 · 08 01 01 74 00 · 00");
        refused("flags on a run", "01 01 07 00 · 80 01 · 00");
        refused("its own future", "01 01 07 00 · 84 07 00 01 61 · 00");
        refused("its own future", "01 01 07 00 · 44 07 05 01 61 · 00");
        refused("its own future as parent", "01 01 07 00 · 04 00 07 00 01 61 · 00");
        refused("a client twice", "02 · 01 07 00 00 01 · 01 07 01 00 01 · 00");
        refused("bad JSON", "01 01 07 00 · 05 01 01 74 01 7b · 00");
        refused("bad JSON in a mark", "01 01 07 00 · 06 01 01 74 01 6b 02 7b7d7d · 00");
        refused("a bare word in an embed", "01 01 07 00 · 05 01 01 74 09 756e646566696e6564 · 00");
        refused("options that are null", "01 01 07 00 · 09 01 01 74 01 67 7e · 00");
        refused("empty deletion", "00 · 01 07 01 00 00");
        refused("clock beyond 2^53", "01 01 07 02 · 00 feffffffffffff0f · 00");
        refused("deletion beyond 2^53", "00 · 01 07 01 02 feffffffffffff0f");
        refused("bad UTF-8", "01 01 07 00 · 04 01 01 74 01 ff · 00");
        refused("more structs than there are", "01 ffffffffffffff0f 07 00 · 00 01 · 00");
        refused("more clients than there are", "ffffffffffffff0f 01 07 00 · 00 01 · 00");
    }

    private static void refused(String what, String hex) {
        assertThatThrownBy(() -> UpdateHeader.read(Golden.bytes(hex)))
                .as(what)
                .isInstanceOf(MalformedUpdateException.class);
    }

    @Test
    void json_is_read_as_strictly_as_in_javascript() {
        for (String good :
                List.of("0", "-0.5e+7", "\"\\u00e9\\n\"", " [1, {\"a\":null}] ", "true", "{}")) {
            assertThat(UpdateHeader.read(embed(good)).structs().isEmpty()).isFalse();
        }
        for (String bad :
                List.of(
                        "",
                        "01",
                        "1.",
                        ".5",
                        "+1",
                        "'a'",
                        "[1,]",
                        "{a:1}",
                        "{\"a\":1,}",
                        "\"\\x41\"",
                        "\"\n\"",
                        "nul",
                        "1 2",
                        "NaN",
                        "\"\\u12g4\"",
                        "[",
                        "\"")) {
            assertThatThrownBy(() -> UpdateHeader.read(embed(bad)))
                    .as(bad)
                    .isInstanceOf(MalformedUpdateException.class);
        }
    }

    private static byte[] embed(String json) {
        return new Lib0Encoder()
                .writeRaw(Golden.bytes("01 01 07 00 · 05 01 01 74"))
                .writeVarString(json)
                .writeByte(0)
                .toBytes();
    }

    @Test
    void deep_nesting_is_refused_before_it_reaches_the_stack() {
        int levels = 2_000_000;
        assertThatThrownBy(() -> UpdateHeader.read(embed("[".repeat(levels))))
                .hasMessageContaining("too deeply");
        var any = new Lib0Encoder().writeRaw(Golden.bytes("01 01 07 00 · 08 01 01 74 01"));
        for (int i = 0; i < levels; i++) {
            any.writeByte(117).writeByte(1);
        }
        assertThatThrownBy(() -> UpdateHeader.read(any.toBytes()))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("too deeply");
    }

    @Test
    void limits_are_enforced() {
        byte[] update = Golden.bytes("01 · 02 04 00 · 00 02 · 00 01 · 00");
        assertThat(UpdateHeader.read(update, new DecodeLimits(update.length, 2, 1))).isNotNull();
        assertThatThrownBy(
                        () -> UpdateHeader.read(update, new DecodeLimits(update.length - 1, 2, 1)))
                .isInstanceOf(MalformedUpdateException.class);
        assertThatThrownBy(() -> UpdateHeader.read(update, new DecodeLimits(100, 1, 1)))
                .isInstanceOf(MalformedUpdateException.class);
    }

    @Test
    void a_hostile_order_of_deletions_is_read_in_bounded_time() {
        int ranges = 300_000;
        var encoder = new Lib0Encoder().writeRaw(Golden.bytes("00 · 01 07")).writeVarUint(ranges);
        for (int i = ranges; i > 0; i--) {
            encoder.writeVarUint(2L * i).writeVarUint(1);
        }
        var header =
                Assertions.assertTimeout(
                        Duration.ofSeconds(5), () -> UpdateHeader.read(encoder.toBytes()));
        assertThat(header.deletions().rangeCount(7)).isEqualTo(ranges);
    }

    @Test
    void mutated_updates_are_read_or_refused_by_the_declared_exception() {
        var random = new Random(20);
        var lines = Golden.lines("headers");
        int accepted = 0;
        for (int i = 0; i < 200_000; i++) {
            String hex = lines.get(random.nextInt(lines.size()));
            byte[] update = Golden.bytes(hex.substring(0, hex.indexOf(' ')));
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                update[random.nextInt(update.length)] = (byte) random.nextInt(256);
            }
            try {
                UpdateHeader.read(update);
                accepted++;
            } catch (MalformedUpdateException e) {
                assertThat(e.position()).isBetween(0, update.length);
            }
        }
        assertThat(accepted).isBetween(1_000, 199_000);
    }
}

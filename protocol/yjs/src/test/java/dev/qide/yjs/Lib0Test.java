package dev.qide.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// The primitive encodings, against bytes written by hand from the definition of lib0.
class Lib0Test {
    @Test
    void var_uints_have_seven_bits_a_byte_lowest_first() {
        checkUint(0, "00");
        checkUint(127, "7f");
        checkUint(128, "80 01");
        checkUint(300, "ac 02");
        checkUint((1L << 32) + 7, "87 80 80 80 10");
        checkUint(Lib0Decoder.MAXIMUM_UINT, "ff ff ff ff ff ff ff 0f");
    }

    @Test
    void var_ints_keep_their_sign_in_the_first_byte() {
        checkInt(0, "00");
        checkInt(-1, "41");
        checkInt(63, "3f");
        checkInt(64, "80 01");
        checkInt(-64, "c0 01");
        checkInt(Integer.MAX_VALUE, "bf ff ff ff 0f");
        checkInt(-Lib0Decoder.MAXIMUM_UINT, "ff ff ff ff ff ff ff 1f");
        assertThat(new Lib0Encoder().writeNegativeZero().toBytes()).isEqualTo(Golden.bytes("40"));
    }

    @Test
    void strings_are_utf8_with_their_length_in_bytes() {
        checkString("", "00");
        checkString("é", "02 c3a9");
        checkString("😀", "04 f09f9880");
        checkString("\uFEFFa", "04 efbbbf61");
        checkString("日本", "06 e697a5 e69cac");
    }

    @Test
    void a_lone_surrogate_is_written_as_the_replacement_character() {
        assertThat(new Lib0Encoder().writeVarString("a\uD83D").toBytes())
                .isEqualTo(Golden.bytes("04 61 efbfbd"));
        assertThat(new Lib0Encoder().writeVarString("\uDE00b").toBytes())
                .isEqualTo(Golden.bytes("04 efbfbd 62"));
    }

    @Test
    void fixed_numbers_have_the_highest_byte_first() {
        var encoder = new Lib0Encoder(1).writeFixedInt(0x01020304).writeFixedLong(-2);
        assertThat(encoder.toBytes()).isEqualTo(Golden.bytes("01020304 fffffffffffffffe"));
        var decoder = new Lib0Decoder(encoder.toBytes());
        assertThat(decoder.readFixedInt()).isEqualTo(0x01020304);
        assertThat(decoder.readFixedLong()).isEqualTo(-2);
        assertThat(decoder.hasMore()).isFalse();
    }

    @Test
    void truncated_input_is_refused() {
        refuses("", Lib0Decoder::readByte);
        refuses("80", Lib0Decoder::readVarUint);
        refuses("", Lib0Decoder::readVarInt);
        refuses("02 61", Lib0Decoder::readVarString);
        refuses("01", Lib0Decoder::readVarBytes);
        refuses("00 00 00", Lib0Decoder::readFixedInt);
    }

    @Test
    void a_length_far_beyond_the_input_allocates_nothing() {
        refuses("ff ff ff ff ff ff ff 0f", Lib0Decoder::readVarBytes);
        refuses("ff ff ff ff ff ff ff 0f", Lib0Decoder::readVarString);
    }

    @Test
    void numbers_beyond_two_to_the_53_are_refused() {
        refuses("80 80 80 80 80 80 80 10", Lib0Decoder::readVarUint);
        refuses("80 80 80 80 80 80 80 80 00", Lib0Decoder::readVarUint);
        refuses("ff ff ff ff ff ff ff 3f", Lib0Decoder::readVarInt);
        refuses("80 80 80 80 80 80 80 80 80 00", Lib0Decoder::readVarInt);
    }

    @Test
    void text_that_is_not_utf8_is_refused() {
        for (String bad :
                new String[] {"80", "c0af", "c1bf", "e08080", "eda080", "f0808080", "f4908080"}) {
            refuses("0" + bad.length() / 2 + bad, Lib0Decoder::readVarString);
        }
        refuses("02 c3 28", Lib0Decoder::readVarString);
        refuses("02 e2 82", Lib0Decoder::readVarString);
        refuses("01 ff", Lib0Decoder::readVarString);
    }

    @Test
    void values_have_the_bytes_of_lib0_and_are_read_back_unchanged() {
        checkAny(Value.of(0), "7d 00");
        checkAny(Value.of(-0.0), "7d 40");
        checkAny(Value.of(-1), "7d 41");
        checkAny(Value.of(64), "7d 80 01");
        checkAny(Value.of(Integer.MAX_VALUE), "7d bf ff ff ff 0f");
        checkAny(Value.of(1L << 31), "7c 4f000000");
        checkAny(Value.of((1L << 31) + 1), "7b 41e0000000200000");
        checkAny(Value.of(0.5), "7c 3f000000");
        checkAny(Value.of(0.1), "7b 3fb999999999999a");
        checkAny(Value.of(Double.NaN), "7b 7ff8000000000000");
        checkAny(Value.of(Double.NEGATIVE_INFINITY), "7c ff800000");
        checkAny(new Value.BigInt(-2), "7a fffffffffffffffe");
        checkAny(Value.UNDEFINED, "7f");
        checkAny(Value.NULL, "7e");
        checkAny(Value.of(false), "79");
        checkAny(Value.of(true), "78");
        checkAny(Value.of("é"), "77 02 c3a9");
        checkAny(Value.of(new byte[] {1, 2}), "74 02 0102");
        checkAny(Value.of(List.of(1, "a")), "75 02 7d01 770161");
        checkAny(Value.of(Map.of("k", Value.UNDEFINED)), "76 01 016b 7f");
    }

    private static void checkAny(Value value, String hex) {
        var encoder = new Lib0Encoder();
        Any.write(encoder, value);
        assertThat(encoder.toBytes()).isEqualTo(Golden.bytes(hex));
        assertThat(Any.read(new Lib0Decoder(Golden.bytes(hex)))).isEqualTo(value);
    }

    private static void checkUint(long value, String hex) {
        assertThat(new Lib0Encoder().writeVarUint(value).toBytes()).isEqualTo(Golden.bytes(hex));
        assertThat(new Lib0Decoder(Golden.bytes(hex)).readVarUint()).isEqualTo(value);
    }

    private static void checkInt(long value, String hex) {
        assertThat(new Lib0Encoder().writeVarInt(value).toBytes()).isEqualTo(Golden.bytes(hex));
        assertThat(new Lib0Decoder(Golden.bytes(hex)).readVarInt()).isEqualTo(value);
    }

    private static void checkString(String value, String hex) {
        assertThat(new Lib0Encoder().writeVarString(value).toBytes()).isEqualTo(Golden.bytes(hex));
        var decoder = new Lib0Decoder(Golden.bytes(hex));
        assertThat(decoder.readVarString()).isEqualTo(value);
        assertThat(new Lib0Decoder(Golden.bytes(hex)).skipVarString()).isEqualTo(value.length());
    }

    private static void refuses(String hex, Consumer<Lib0Decoder> read) {
        assertThatThrownBy(() -> read.accept(new Lib0Decoder(Golden.bytes(hex))))
                .isInstanceOf(MalformedUpdateException.class)
                .hasMessageContaining("at byte");
    }
}

package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.text.TextEdit;
import dev.qide.yjs.Lib0Decoder;
import dev.qide.yjs.Lib0Encoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The time to handle frames and texts grows linearly with their length.
class FrameGrowthTest {
    private record Both(String before, String after) {}

    @Test
    void many_messages_in_one_frame() {
        Growth.check(
                "messages",
                5_000,
                n -> {
                    var out = new Lib0Encoder();
                    for (int i = 0; i < n; i++) {
                        out.writeVarUint(0).writeVarUint(2).writeVarBytes(new byte[] {0, 0});
                    }
                    return out.toBytes();
                },
                bytes -> {
                    var in = new Lib0Decoder(bytes);
                    while (in.hasMore()) {
                        assertThat(ClientMessage.readPlain(in))
                                .isInstanceOf(ClientMessage.Content.class);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n", "a b ", "ab", "a\nb\n"})
    void the_edit_between_two_texts(String part) {
        Growth.check(
                "edit",
                4_000,
                n -> new Both(part.repeat(n), ("x" + part).repeat(n)),
                both -> TextEdit.between(both.before(), both.after()));
    }
}

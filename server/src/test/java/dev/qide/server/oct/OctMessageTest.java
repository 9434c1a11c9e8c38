package dev.qide.server.oct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Envelopes of messages, byte by byte.
class OctMessageTest {
    private static final int ROUNDS = 200_000;

    @Test
    void a_broadcast_is_copied_for_each_peer_with_its_own_key() {
        var copies = new LinkedHashMap<String, byte[]>();
        broadcast("bob", "eve", "bob", "stranger")
                .copies("ann", Set.of("bob", "eve", "joe"), copies::put);

        assertThat(copies).containsOnlyKeys("bob", "eve");
        var copy = Objects.requireNonNull(copies.get("bob"));
        var seen = OctMessage.read(copy);
        assertThat(seen.kind()).isEqualTo(OctMessage.Kind.BROADCAST);
        assertThat(seen.isEncrypted()).isTrue();
        assertThat(new String(copy, java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("ann", "bob", "gzip")
                .doesNotContain("eve", "stranger", "forged");
    }

    @Test
    void a_request_is_passed_on_under_another_id_and_its_answer_under_the_first() {
        var request = OctMessage.read(message("request").string("id").bool(true).bytes());

        var passed = OctMessage.read(request.from("ann", "q1"));
        assertThat(passed.idText()).isEqualTo("q1");
        assertThat(OctMessage.read(passed.withId(request.id())).id())
                .isEqualTo(request.id())
                .isEqualTo(new byte[] {(byte) 0xc3});
    }

    @Test
    void the_servers_own_messages_can_be_read() {
        var error = OctMessage.read(ServerMessages.error("A sentence of more than 31 characters."));
        assertThat(error.kind()).isEqualTo(OctMessage.Kind.ERROR);
        assertThat(error.isCompatible()).isTrue();
        assertThat(error.isEncrypted()).isFalse();
    }

    /// Truncated, no map, another kind, an array and a string that claim four billion elements,
    /// bytes behind the message, and nothing.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "81",
                "c1",
                "90",
                "81a46b696e64a3666f6f",
                "81a46b696e64ddffffffff",
                "81a46b696e64dbffffffff",
                "dfffffffff",
                "80c0",
                "81a46b696e64c0"
            })
    void what_is_no_message_is_refused(String hex) {
        assertThatThrownBy(() -> OctMessage.read(HexFormat.of().parseHex(hex)))
                .isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void damaged_messages_are_read_or_refused_and_nothing_else() {
        var random = new Random(18);
        var whole = bytesOfBroadcast("bob", "eve");
        int refused = 0;
        for (int i = 0; i < ROUNDS; i++) {
            var bytes = whole.clone();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                var message = OctMessage.read(bytes);
                message.copies("ann", Set.of("bob"), (_, copy) -> OctMessage.read(copy));
                var _ = message.method();
                var _ = message.joinedWorkspace();
                var _ = message.target();
            } catch (MalformedMessageException _) {
                refused++;
            }
        }
        assertThat(refused).isBetween(ROUNDS / 10, ROUNDS - 1);
    }

    private static OctMessage broadcast(String... targets) {
        return OctMessage.read(bytesOfBroadcast(targets));
    }

    private static byte[] bytesOfBroadcast(String... targets) {
        var writer = new MsgPackWriter(256).map(5).string("version").string("0.3.1");
        writer.string("kind").string("broadcast").string("origin").string("forged");
        writer.string("metadata").map(2).string("encryption").map(1).string("keys");
        writer.array(targets.length);
        for (var target : targets) {
            writer.map(3).string("target").string(target).string("key").string("k");
            writer.string("iv").string("v");
        }
        writer.string("compression").map(1).string("algorithm").string("gzip");
        byte[] content = {(byte) 0xc4, 3, 1, 2, 3};
        return writer.string("content").encoded(content, 0, content.length).bytes();
    }

    /// An envelope to which one member is still to be added.
    private static MsgPackWriter message(String kind) {
        return new MsgPackWriter(64)
                .map(3)
                .string("version")
                .string("0.3.1")
                .string("kind")
                .string(kind);
    }
}

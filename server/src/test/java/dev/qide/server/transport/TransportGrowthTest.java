package dev.qide.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.Growth;
import dev.qide.server.transport.websocket.FrameValidator;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Reading frames and heads takes time in proportion to their length, whatever they contain.
class TransportGrowthTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 125})
    void very_many_small_frames(int payload) {
        Growth.check(
                "frames of " + payload,
                5_000,
                frames(payload),
                bytes -> assertThat(new FrameValidator(1 << 20).inspect(bytes)).isPositive());
        Growth.check(
                "frames of " + payload + ", one by one",
                5_000,
                frames(payload),
                bytes -> {
                    var validator = new FrameValidator(1 << 20);
                    for (int at = 0; at < bytes.length; ) {
                        at += validator.inspect(bytes, at, true);
                    }
                });
    }

    @Test
    void a_text_in_many_fragments() {
        Growth.check(
                "fragments of text",
                5_000,
                count -> {
                    var out = new ByteArrayOutputStream();
                    out.writeBytes(RawClient.frame(1, new byte[100]));
                    for (int i = 0; i < count; i++) {
                        out.writeBytes(RawClient.frame(0, new byte[100]));
                    }
                    return out.toByteArray();
                },
                bytes -> assertThat(new FrameValidator(1L << 40).inspect(bytes)).isPositive());
    }

    @Test
    void proxies_in_a_row() {
        var proxies = TrustedProxies.parse("10.0.0.0/8");
        Growth.check(
                "hops",
                2_000,
                n -> "10.1.2.3, ".repeat(n) + "10.0.0.1",
                list -> proxies.client(InetAddress.ofLiteral("10.0.0.9"), false, list, list));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%41", "%", "é%"})
    void escapes(String part) {
        Growth.check("percent " + part, 10_000, n -> part.repeat(n), PercentEncoding::decode);
        Growth.check(
                "strictly " + part, 10_000, n -> part.repeat(n), PercentEncoding::decodeStrictly);
    }

    private static IntFunction<byte[]> frames(int payload) {
        return count -> {
            var out = new ByteArrayOutputStream();
            for (int i = 0; i < count; i++) {
                out.writeBytes(RawClient.frame(0x82, new byte[payload]));
            }
            return out.toByteArray();
        };
    }
}

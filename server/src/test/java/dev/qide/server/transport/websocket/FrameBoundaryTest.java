package dev.qide.server.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.transport.RawClient;
import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A stream of frames, in pieces of any size: the ends of frames are found.
class FrameBoundaryTest {
    private static final int[] LENGTHS = {0, 1, 125, 126, 127, 65_535, 65_536, 70_000};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1_000, 100_000_000})
    void a_boundary_is_where_a_frame_ends(int piece) {
        var random = new Random(piece);
        var stream = new ByteArrayOutputStream();
        var ends = new HashSet<Integer>();
        ends.add(0);
        for (int length : LENGTHS) {
            var payload = new byte[length];
            random.nextBytes(payload);
            add(stream, WebSocketFrame.binary(payload), ends);
            stream.writeBytes(RawClient.frame(0x81, payload));
            ends.add(stream.size());
        }
        var bytes = stream.toByteArray();
        var boundary = new FrameBoundary();
        for (int at = 0; at < bytes.length; at += piece) {
            assertThat(boundary.isBetweenFrames()).as("at %d", at).isEqualTo(ends.contains(at));
            boundary.follow(bytes, at, Math.min(piece, bytes.length - at));
        }
        assertThat(boundary.isBetweenFrames()).isTrue();
        assertThat(boundary.isCloseSeen()).isFalse();
    }

    @Test
    void a_close_frame_is_seen_from_its_first_byte_on() {
        var stream = new ByteArrayOutputStream();
        add(stream, WebSocketFrame.text("\u0008\u0088"), new HashSet<>());
        var boundary = new FrameBoundary();
        boundary.follow(stream.toByteArray(), 0, stream.size());
        assertThat(boundary.isCloseSeen()).isFalse();
        boundary.follow(WebSocketFrame.close(1000, "").head(), 0, 1);
        assertThat(boundary.isCloseSeen()).isTrue();
        assertThat(boundary.isBetweenFrames()).isFalse();
    }

    private static void add(ByteArrayOutputStream stream, WebSocketFrame frame, Set<Integer> ends) {
        stream.writeBytes(frame.head());
        stream.writeBytes(frame.payload());
        ends.add(stream.size());
    }
}

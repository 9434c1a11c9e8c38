package dev.qide.server.terminal;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Decodes a stream of bytes as UTF-8: a character that a read has split waits for its other bytes,
/// and what is not UTF-8 becomes U+FFFD. Owned by one thread.
final class Utf8Decoder {
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);

    /// The bytes of an incomplete character, at most 3, and what follows them.
    private ByteBuffer rest = ByteBuffer.allocate(0);

    /// The characters that are complete with these bytes.
    String decode(byte[] bytes) {
        var in = ByteBuffer.allocate(rest.remaining() + bytes.length).put(rest).put(bytes).flip();
        var out = CharBuffer.allocate(in.remaining());
        var _ = decoder.decode(in, out, false);
        rest = in.slice();
        return out.flip().toString();
    }
}

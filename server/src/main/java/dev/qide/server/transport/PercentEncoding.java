package dev.qide.server.transport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Percent-encoding of RFC 3986.
public final class PercentEncoding {
    private PercentEncoding() {}

    /// Decodes a text in which malformed escapes are an error.
    ///
    /// @return null when an escape is malformed, or the bytes are not UTF-8
    public static @Nullable String decodeStrictly(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        for (int at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
            if (!isEscape(text, at)) {
                return null;
            }
        }
        var bytes = decodedBytes(text);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }

    /// Decodes a text; malformed escapes stay as they are.
    public static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        return new String(decodedBytes(text), StandardCharsets.UTF_8);
    }

    private static byte[] decodedBytes(String text) {
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text, i)) {
                int high = Character.digit(text.charAt(i + 1), 16);
                bytes.write(high << 4 | Character.digit(text.charAt(i + 2), 16));
                i += 2;
            } else {
                int point = text.codePointAt(i);
                bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(point) - 1;
            }
        }
        return bytes.toByteArray();
    }

    private static boolean isEscape(String text, int at) {
        return text.charAt(at) == '%'
                && at + 2 < text.length()
                && isHexDigit(text.charAt(at + 1))
                && isHexDigit(text.charAt(at + 2));
    }

    private static boolean isHexDigit(char c) {
        return c < 0x80 && Character.digit(c, 16) >= 0;
    }
}

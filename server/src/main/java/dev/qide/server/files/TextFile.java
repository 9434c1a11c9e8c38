package dev.qide.server.files;

import dev.qide.server.store.FileMetadata;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.TextFormat;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A file's text, and the properties needed to encode it again.
///
/// Invariant: `encoded()` returns exactly the bytes that were read, unless the file mixes line
/// ends; a file for which that is impossible is not text. A file with mixed line ends stays
/// unchanged until it is saved; it then gets the line end of most of its lines.
///
/// @param text LF only, without BOM
/// @param lineEnd the line break on disk
/// @param encoding `utf-8`, `utf-16le`, `utf-16be` (both known by their BOM only), `iso-8859-1` or
///   `windows-1252`
/// @param hasMixedLineEnds whether the bytes held line breaks of more than one kind
public record TextFile(
        String text, LineEnd lineEnd, boolean hasBom, String encoding, boolean hasMixedLineEnds) {
    /// The maximum size of a shared text, in bytes.
    public static final int SHARED_TEXT_BYTES = 5 << 20;

    private static final byte[] UTF_8_BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final byte[] UTF_16LE_BOM = {(byte) 0xFF, (byte) 0xFE};
    private static final byte[] UTF_16BE_BOM = {(byte) 0xFE, (byte) 0xFF};

    /// A line break on disk.
    public enum LineEnd {
        LF("lf", "\n"),
        CRLF("crlf", "\r\n");

        private final String wireName;
        private final String characters;

        LineEnd(String wireName, String characters) {
            this.wireName = wireName;
            this.characters = characters;
        }

        /// `lf` or `crlf`.
        public String wireName() {
            return wireName;
        }
    }

    /// Reads a file.
    ///
    /// @throws FailureException `FILE_TOO_LARGE` above 5 MiB, `FILE_NOT_TEXT`
    public static TextFile decoded(byte[] bytes) {
        return decoded(bytes, SHARED_TEXT_BYTES);
    }

    /// Reads a file that is ignored, so that only its text is shared.
    ///
    /// @throws FailureException `FILE_TOO_LARGE` above 5 MiB, `FILE_IGNORED` when it is not text
    static TextFile ofIgnored(byte[] bytes) {
        try {
            return decoded(bytes);
        } catch (FailureException refused) {
            if (refused.failure() != Failure.FILE_NOT_TEXT) {
                throw refused;
            }
            throw new FailureException(Failure.FILE_IGNORED, Map.of("reason", "not-text"), refused);
        }
    }

    /// Reads a file.
    ///
    /// @throws FailureException `FILE_TOO_LARGE` above `limit` bytes, `FILE_NOT_TEXT`
    public static TextFile decoded(byte[] bytes, int limit) {
        if (bytes.length > limit) {
            throw new FailureException(Failure.FILE_TOO_LARGE, Map.of("limit", "" + limit));
        }
        var file = raw(bytes);
        if (file == null || file.text().indexOf('\0') >= 0) {
            throw notText();
        }
        var read = file.withLineFeeds();
        if (!read.hasMixedLineEnds && !Arrays.equals(read.encoded(), bytes)) {
            throw notText();
        }
        return read;
    }

    /// Reads the file of a document, which may exceed the bound for new documents, since it has
    /// grown there; null when it is above 32 MiB or not text.
    public static @Nullable TextFile decodedOrNull(byte[] bytes) {
        try {
            return decoded(bytes, WorkspaceFiles.FILE_BYTES);
        } catch (FailureException _) {
            return null;
        }
    }

    /// The file's bytes.
    ///
    /// @throws FailureException `FILE_NOT_TEXT` when the encoding cannot represent a character of
    ///   the text
    public byte[] encoded() {
        var broken = lineEnd == LineEnd.LF ? text : text.replace("\n", lineEnd.characters);
        try {
            var encoder = charset(encoding).newEncoder();
            var encoded =
                    encoder.onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .encode(CharBuffer.wrap(broken));
            var bytes = new ByteArrayOutputStream(encoded.remaining() + UTF_8_BOM.length);
            if (hasBom) {
                bytes.writeBytes(bom(encoding));
            }
            bytes.write(encoded.array(), encoded.arrayOffset(), encoded.remaining());
            return bytes.toByteArray();
        } catch (CharacterCodingException _) {
            throw notText();
        }
    }

    /// This file with another text. If the encoding cannot represent it, the file becomes UTF-8, so
    /// that no character is lost.
    ///
    /// @param changed any line breaks
    public TextFile withText(String changed) {
        var feeds = changed.replace("\r\n", "\n").replace('\r', '\n');
        var next = new TextFile(feeds, lineEnd, hasBom, encoding, false);
        return charset(encoding).newEncoder().canEncode(feeds)
                ? next
                : new TextFile(feeds, lineEnd, false, "utf-8", false);
    }

    /// This file with the text of a request, which may begin with the byte order mark of the file
    /// that its client loaded.
    ///
    /// @param body any line breaks
    TextFile withBody(String body) {
        return withText(hasBom && body.startsWith("\uFEFF") ? body.substring(1) : body);
    }

    /// The properties that clients show.
    TextFormat format() {
        return new TextFormat(lineEnd.wireName(), encoding, hasBom);
    }

    /// The properties that a document stores about its file.
    ///
    /// @param hash of the file's bytes
    public FileMetadata metadata(String hash) {
        return new FileMetadata(hash, lineEnd.wireName(), hasBom, encoding);
    }

    /// The file of a document with this text.
    ///
    /// @param text LF only
    public static TextFile of(String text, FileMetadata metadata) {
        var lineEnd =
                metadata.lineEnd().equals(LineEnd.CRLF.wireName()) ? LineEnd.CRLF : LineEnd.LF;
        return new TextFile("", lineEnd, metadata.hasBom(), metadata.encoding(), false)
                .withText(text);
    }

    /// A new file: UTF-8, LF.
    public static TextFile of(String text) {
        return new TextFile("", LineEnd.LF, false, "utf-8", false).withText(text);
    }

    /// The decoded text, line ends included; null when the bytes fit no encoding.
    private static @Nullable TextFile raw(byte[] bytes) {
        if (startsWith(bytes, UTF_8_BOM)) {
            return raw(bytes, UTF_8_BOM.length, "utf-8");
        }
        if (startsWith(bytes, UTF_16LE_BOM)) {
            return raw(bytes, UTF_16LE_BOM.length, "utf-16le");
        }
        if (startsWith(bytes, UTF_16BE_BOM)) {
            return raw(bytes, UTF_16BE_BOM.length, "utf-16be");
        }
        var modern = raw(bytes, 0, "utf-8");
        return modern != null ? modern : hasControls(bytes) ? null : raw(bytes, 0, legacy(bytes));
    }

    private static @Nullable TextFile raw(byte[] bytes, int bom, String encoding) {
        try {
            var text =
                    charset(encoding)
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes, bom, bytes.length - bom))
                            .toString();
            return new TextFile(text, LineEnd.LF, bom > 0, encoding, false);
        } catch (CharacterCodingException _) {
            return null;
        }
    }

    private TextFile withLineFeeds() {
        if (text.indexOf('\r') < 0) {
            return this;
        }
        int pairs = 0;
        int lone = 0;
        int feeds = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\n') {
                feeds++;
            } else if (character == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                pairs++;
                i++;
            } else if (character == '\r') {
                lone++;
            }
        }
        return new TextFile(
                text.replace("\r\n", "\n").replace('\r', '\n'),
                pairs > feeds ? LineEnd.CRLF : LineEnd.LF,
                hasBom,
                encoding,
                lone > 0 || (pairs > 0 && feeds > 0));
    }

    /// One byte per character: 0x80 to 0x9F are controls in ISO 8859-1 and letters in Windows-1252.
    private static String legacy(byte[] bytes) {
        for (byte one : bytes) {
            int value = one & 0xFF;
            if (value >= 0x80 && value <= 0x9F) {
                return "windows-1252";
            }
        }
        return "iso-8859-1";
    }

    /// Whether there are bytes that occur in no text of a one-byte encoding.
    private static boolean hasControls(byte[] bytes) {
        for (byte one : bytes) {
            boolean isBlank = one == '\t' || one == '\n' || one == '\r' || one == '\f';
            if ((one >= 0 && one < ' ' && !isBlank) || one == 0x7F) {
                return true;
            }
        }
        return false;
    }

    private static byte[] bom(String encoding) {
        return switch (encoding) {
            case "utf-16le" -> UTF_16LE_BOM;
            case "utf-16be" -> UTF_16BE_BOM;
            default -> UTF_8_BOM;
        };
    }

    private static Charset charset(String encoding) {
        return switch (encoding) {
            case "utf-8" -> StandardCharsets.UTF_8;
            case "utf-16le" -> StandardCharsets.UTF_16LE;
            case "utf-16be" -> StandardCharsets.UTF_16BE;
            case "iso-8859-1" -> StandardCharsets.ISO_8859_1;
            default -> Charset.forName(encoding);
        };
    }

    private static boolean startsWith(byte[] bytes, byte[] start) {
        return bytes.length >= start.length
                && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
    }

    private static FailureException notText() {
        return new FailureException(Failure.FILE_NOT_TEXT);
    }
}

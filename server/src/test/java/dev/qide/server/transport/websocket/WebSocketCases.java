package dev.qide.server.transport.websocket;

import dev.qide.server.transport.RawClient;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What clients send on a WebSocket, and what the server has to answer by RFC 6455.
final class WebSocketCases {
    private static final int FIN = 0x80;
    private static final int CONTINUATION = 0;
    private static final int TEXT = RawClient.TEXT;
    private static final int BINARY = RawClient.BINARY;
    private static final int CLOSE = RawClient.CLOSE;
    private static final int PING = RawClient.PING;
    private static final int PONG = RawClient.PONG;
    private static final int[] LENGTHS = {0, 125, 126, 127, 128, 65_535, 65_536};
    private static final int SMALL_BYTES = 64 << 10;

    /// A text with characters of one to four bytes.
    private static final String GREEK = "\u03ba\u1f79\u03c3\u03bc\u03b5-\ud83d\ude00";

    private WebSocketCases() {}

    /// @param piece how many bytes are sent at once
    record Case(String name, String path, byte[] sent, int piece, List<String> received) {
        @Override
        public String toString() {
            return name;
        }

        Case inPieces(int bytes) {
            return new Case(name + ", " + bytes + " at once", path, sent, bytes, received);
        }

        Case at(String other) {
            return new Case(name, other, sent, piece, received);
        }
    }

    private static Case of(String name, byte[] sent, String... received) {
        return new Case(name, "/echo", sent, Integer.MAX_VALUE, List.of(received));
    }

    static Stream<Case> cases() {
        return Stream.of(
                        framing(),
                        pings(),
                        reservedBits(),
                        opcodes(),
                        fragments(),
                        validTexts(),
                        invalidTexts(),
                        closes(),
                        closeCodes(),
                        masksAndLengths(),
                        limits())
                .flatMap(List::stream);
    }

    private static List<Case> framing() {
        var cases = new ArrayList<Case>();
        for (int length : LENGTHS) {
            cases.add(of("1.1 text of " + length, text("*".repeat(length)), "text " + length));
            cases.add(of("1.2 binary of " + length, binary(length), "binary " + length));
        }
        cases.add(of("1.1 text", text("*".repeat(65_536)), "text 65536").inPieces(997));
        cases.add(of("1.2 binary", binary(65_536), "binary 65536").inPieces(997));
        cases.add(of("1.1 two texts", all(text("a"), text("b")), "text 'a'", "text 'b'"));
        return cases;
    }

    private static List<Case> pings() {
        var ten = new byte[0];
        var pongs = new String[10];
        for (int i = 0; i < pongs.length; i++) {
            ten = all(ten, ping("payload " + i));
            pongs[i] = "pong 'payload " + i + "'";
        }
        var longest = "*".repeat(125);
        return List.of(
                of("2.1 an empty ping", ping(""), "pong 0"),
                of("2.2 a ping with a text", ping("Hello"), "pong 'Hello'"),
                of(
                        "2.3 a ping with bytes",
                        frame(FIN | PING, hex("00fffefd00")),
                        "pong #00fffefd00"),
                of("2.4 a ping of 125", ping(longest), "pong 125"),
                of("2.5 a ping of 126", ping(longest + "*"), "close 1002"),
                of("2.6 a ping of 125", ping(longest), "pong 125").inPieces(1),
                of("2.7 an unsolicited pong", pong("")),
                of("2.8 a pong with a text", pong("unsolicited")),
                of("2.9 a pong, a ping", all(pong("x"), ping("y")), "pong 'y'"),
                of("2.10 ten pings", ten, pongs),
                of("2.11 ten pings", ten, pongs).inPieces(1),
                of("2.12 a pong of 126", pong(longest + "*"), "close 1002"));
    }

    private static List<Case> reservedBits() {
        var cases = new ArrayList<Case>();
        for (int bits = 1; bits < 8; bits++) {
            var bad = frame(FIN | bits << 4 | TEXT, utf8("bad"));
            cases.add(of("3.1 reserved bits " + bits, bad, "close 1002"));
            cases.add(
                    of(
                            "3.2 a text, then reserved bits " + bits,
                            all(text("good"), bad, ping("")),
                            "text 'good'",
                            "close 1002"));
        }
        cases.add(of("3.5 binary", frame(FIN | 0x40 | BINARY, new byte[8]), "close 1002"));
        cases.add(of("3.6 ping", frame(FIN | 0x20 | PING, utf8("x")), "close 1002"));
        cases.add(of("3.7 close", frame(FIN | 0x70 | CLOSE, code(1000)), "close 1002"));
        return cases;
    }

    private static List<Case> opcodes() {
        var cases = new ArrayList<Case>();
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            var empty = frame(FIN | opcode, new byte[0]);
            var filled = frame(FIN | opcode, utf8("reserved"));
            cases.add(of("4.1 opcode " + opcode, empty, "close 1002"));
            cases.add(
                    of(
                            "4.2 a text, then opcode " + opcode,
                            all(text("good"), filled, ping("")),
                            "text 'good'",
                            "close 1002"));
        }
        return cases;
    }

    private static List<Case> fragments() {
        var two = all(begin("frag"), end("ment"));
        var loose = frame(FIN | CONTINUATION, utf8("x"));
        var open = frame(CONTINUATION, utf8("x"));
        return List.of(
                of("5.1 a ping in fragments", frame(PING, utf8("x")), "close 1002"),
                of("5.2 a pong in fragments", frame(PONG, utf8("x")), "close 1002"),
                of("5.3 two fragments", two, "text 'fragment'"),
                of("5.4 two fragments", two, "text 'fragment'").inPieces(1),
                of(
                        "5.5 three fragments of bytes",
                        all(
                                frame(BINARY, hex("00")),
                                frame(CONTINUATION, hex("ff")),
                                frame(FIN, hex("01"))),
                        "binary #00ff01"),
                of(
                        "5.6 a ping between",
                        all(begin("frag"), ping("p"), end("ment")),
                        "pong 'p'",
                        "text 'fragment'"),
                of(
                                "5.7 a ping between",
                                all(begin("frag"), ping("p"), end("ment")),
                                "pong 'p'",
                                "text 'fragment'")
                        .inPieces(1),
                of(
                        "5.8 a pong between",
                        all(begin("frag"), pong("p"), end("ment")),
                        "text 'fragment'"),
                of("5.9 a last fragment alone", all(loose, text("y")), "close 1002"),
                of("5.10 a last fragment alone", loose, "close 1002").inPieces(1),
                of("5.11 an empty last fragment alone", end(""), "close 1002"),
                of("5.12 a fragment alone", all(open, text("y")), "close 1002"),
                of("5.13 a fragment alone", open, "close 1002").inPieces(1),
                of("5.15 a fragment behind", all(two, open), "text 'fragment'", "close 1002"),
                of("5.16 a last one behind", all(two, loose), "text 'fragment'", "close 1002"),
                of("5.17 behind a text", all(text("a"), loose), "text 'a'", "close 1002"),
                of("5.18 two beginnings", all(begin("a"), begin("b")), "close 1002"),
                of("5.18 a text within", all(begin("a"), text("b")), "close 1002"),
                of("5.18 bytes within", all(begin("a"), binary(1)), "close 1002"),
                of(
                        "5.19 five fragments, pings between",
                        all(
                                begin("1"),
                                frame(CONTINUATION, utf8("2")),
                                ping("a"),
                                frame(CONTINUATION, utf8("3")),
                                frame(CONTINUATION, utf8("4")),
                                ping("b"),
                                end("5")),
                        "pong 'a'",
                        "pong 'b'",
                        "text '12345'"),
                of("5.20 empty fragments", all(begin(""), end("")), "text 0"),
                of(
                        "5.20 empty fragments around",
                        all(begin(""), frame(CONTINUATION, utf8("mid")), end("")),
                        "text 'mid'"));
    }

    private static List<Case> validTexts() {
        var cases = new ArrayList<Case>();
        var texts =
                List.of(
                        GREEK,
                        "\0",
                        "\u007f",
                        "\u0080",
                        "\u07ff",
                        "\u0800",
                        "\ud7ff",
                        "\ue000",
                        "\ufeff",
                        "\ufffd",
                        "\ufffe",
                        "\uffff",
                        "\ud800\udc00",
                        "\udbff\udfff");
        for (var each : texts) {
            var bytes = utf8(each);
            var received = "text #" + HexFormat.of().formatHex(bytes);
            var name = "6.2 UTF-8 " + HexFormat.of().formatHex(bytes);
            cases.add(of(name, text(each), received).inPieces(1));
            for (int cut = 1; cut < bytes.length; cut++) {
                var fragments =
                        all(
                                frame(TEXT, Arrays.copyOf(bytes, cut)),
                                ping(""),
                                frame(FIN, Arrays.copyOfRange(bytes, cut, bytes.length)));
                cases.add(of(name + " cut at " + cut, fragments, "pong 0", received));
            }
        }
        return cases;
    }

    private static List<Case> invalidTexts() {
        var cases = new ArrayList<Case>();
        var texts =
                List.of(
                        "80",
                        "bf",
                        "8080",
                        "c0",
                        "c1",
                        "c080",
                        "c1bf",
                        "c3",
                        "c328",
                        "e0",
                        "e080",
                        "e0809f",
                        "e09fbf",
                        "ed",
                        "eda080",
                        "edbfbf",
                        "edadbfedbfbf",
                        "f0",
                        "f080",
                        "f0808080",
                        "f08fbfbf",
                        "f09f98",
                        "f4908080",
                        "f5808080",
                        "f7bfbfbf",
                        "f888808080",
                        "fbbfbfbfbf",
                        "fc8480808080",
                        "fe",
                        "ff",
                        "cebae1bdb9cf83ceff",
                        "cebae1bdb9cf83eda080656469746564",
                        "e228a1",
                        "a0a1",
                        "e28228",
                        "f0288cbc");
        for (var each : texts) {
            var bytes = hex(each);
            cases.add(of("6.3 not UTF-8: " + each, frame(FIN | TEXT, bytes), "close 1007"));
        }
        var valid = utf8(GREEK);
        var invalid = hex("cebae1bdb9cf83f4908080656469746564");
        var wholeHead = Arrays.copyOf(frame(FIN | TEXT, invalid), 6 + 9);
        return Stream.concat(
                        cases.stream(),
                        Stream.of(
                                of(
                                        "6.4 at once, within fragments",
                                        frame(TEXT, invalid),
                                        "close 1007"),
                                of(
                                        "6.4 at once, in the second fragment",
                                        all(frame(TEXT, valid), frame(CONTINUATION, hex("ff"))),
                                        "close 1007"),
                                of("6.4 at once, within a frame", wholeHead, "close 1007"),
                                of("6.4 within a frame", wholeHead, "close 1007").inPieces(1),
                                of(
                                        "6.4 a message before counts",
                                        all(text("a"), frame(FIN | TEXT, hex("ff"))),
                                        "text 'a'",
                                        "close 1007"),
                                of(
                                        "6.4 a character that no fragment ends",
                                        all(frame(TEXT, hex("e282")), frame(FIN, new byte[0])),
                                        "close 1007"),
                                of(
                                        "6.4 bytes are no text",
                                        frame(FIN | BINARY, hex("ff")),
                                        "binary #ff")))
                .toList();
    }

    private static List<Case> closes() {
        var close = close(1000, "");
        return List.of(
                of("7.1 a message, a close", all(text("a"), close), "text 'a'", "close 1000"),
                of("7.1 two closes", all(close, close), "close 1000"),
                of("7.1 a ping behind a close", all(close, ping("")), "close 1000"),
                of("7.1 a text behind a close", all(close, text("b")), "close 1000"),
                of("7.1 a close within a message", all(begin("a"), close, end("b")), "close 1000"),
                of("7.1 garbage behind a close", all(close, hex("ffffffff")), "close 1000"),
                of("7.3 an empty close", frame(FIN | CLOSE, new byte[0]), "close 1000"),
                of("7.3 half a code", frame(FIN | CLOSE, new byte[1]), "close 1002"),
                of("7.3 a code", close, "close 1000"),
                of("7.3 a code and a reason", close(1000, "Bye \u00e9"), "close 1000"),
                of("7.3 a reason of 123", close(1000, "*".repeat(123)), "close 1000"),
                of("7.3 a reason of 124", close(1000, "*".repeat(124)), "close 1002"),
                of("7.3 a close", close(1000, GREEK), "close 1000").inPieces(1),
                of("7.4 a close in fragments", frame(CLOSE, code(1000)), "close 1002"),
                of(
                        "7.5 a reason that is not UTF-8",
                        frame(FIN | CLOSE, all(code(1000), hex("cebaff"))),
                        "close 1007"),
                of(
                        "7.5 a reason that ends within a character",
                        frame(FIN | CLOSE, all(code(1000), hex("e282"))),
                        "close 1007"));
    }

    private static List<Case> closeCodes() {
        var valid =
                IntStream.of(
                        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                        3000, 3999, 4000, 4999);
        var invalid =
                IntStream.of(
                        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535);
        return Stream.concat(
                        valid.mapToObj(
                                code -> of("7.7 code " + code, close(code, "x"), "close " + code)),
                        invalid.mapToObj(
                                code -> of("7.9 code " + code, close(code, "x"), "close 1002")))
                .toList();
    }

    private static List<Case> masksAndLengths() {
        var open = new byte[] {(byte) (FIN | TEXT), 2, 'h', 'i'};
        return List.of(
                of("8.1 a text without a mask", open, "close 1002"),
                of("8.2 a ping without a mask", hex("8900"), "close 1002"),
                of("8.3 a close without a mask", hex("880203e8"), "close 1002"),
                of("8.4 a fragment without a mask", all(begin("a"), hex("8000")), "close 1002"),
                of("8.5 a mask of zeros", hex("8182000000006869"), "text 'hi'"),
                of("8.6 a mask of ones", hex("8182ffffffff9796"), "text 'hi'"),
                of(
                        "8.7 a length in more bytes than it needs",
                        hex("81fe007d01020304"),
                        "close 1002"),
                of("8.8 the same in eight", hex("81ff000000000000ffff01020304"), "close 1002"),
                of("8.9 a negative length", hex("82ff800000000000000001020304"), "close 1009"));
    }

    private static List<Case> limits() {
        var bound = binary(SMALL_BYTES);
        var half = frame(BINARY, new byte[SMALL_BYTES / 2]);
        var over = frame(FIN, new byte[SMALL_BYTES / 2 + 1]);
        return List.of(
                of("9.1 the largest message", bound, "binary 65536").at("/small"),
                of("9.2 one byte more", binary(SMALL_BYTES + 1), "close 1009").at("/small"),
                of(
                                "9.3 one byte more, announced",
                                Arrays.copyOf(binary(SMALL_BYTES + 1), 14),
                                "close 1009")
                        .at("/small"),
                of("9.4 one byte more, in fragments", all(half, over), "close 1009").at("/small"),
                of(
                                "9.5 after a message",
                                all(bound, binary(SMALL_BYTES + 1)),
                                "binary 65536",
                                "close 1009")
                        .at("/small"),
                of(
                                "9.6 an empty fragment between",
                                all(begin("a"), frame(CONTINUATION, new byte[0]), end("b")),
                                "text 'ab'")
                        .at("/small"),
                of("9.7 a megabyte of text", text("*".repeat(1 << 20)), "text 1048576"));
    }

    static byte[] text(String text) {
        return frame(FIN | TEXT, utf8(text));
    }

    private static byte[] binary(int length) {
        return frame(FIN | BINARY, new byte[length]);
    }

    private static byte[] ping(String text) {
        return frame(FIN | PING, utf8(text));
    }

    private static byte[] pong(String text) {
        return frame(FIN | PONG, utf8(text));
    }

    private static byte[] begin(String text) {
        return frame(TEXT, utf8(text));
    }

    private static byte[] end(String text) {
        return frame(FIN | CONTINUATION, utf8(text));
    }

    static byte[] close(int code, String reason) {
        return frame(FIN | CLOSE, all(code(code), utf8(reason)));
    }

    private static byte[] code(int code) {
        return ByteBuffer.allocate(2).putShort((short) code).array();
    }

    private static byte[] frame(int first, byte[] payload) {
        return RawClient.frame(first, payload);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] all(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}

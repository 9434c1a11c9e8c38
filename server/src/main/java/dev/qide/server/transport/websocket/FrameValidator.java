package dev.qide.server.transport.websocket;

import dev.qide.wire.Failure;
import org.jspecify.annotations.Nullable;

/// Checks a client's frames (RFC 6455, section 5.2) before the engine sees them, without copying
/// them.
///
/// The engine accepts unmasked frames, does not bound fragmented messages, detects invalid UTF-8
/// only when the frame is complete, does not know all close codes, and copies incomplete frames
/// with every read. So this class refuses violations of the protocol and the bound, answers the
/// close frame, and reports where the last complete frame ends. Owned by one thread.
public final class FrameValidator {
    private static final int HEAD_BYTES_MAX = 14;
    private static final int CONTROL_PAYLOAD_MAX = 125;
    private static final int MASK_BYTES = 4;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;

    private final byte[] head = new byte[HEAD_BYTES_MAX];
    private final byte[] mask = new byte[MASK_BYTES];
    private final byte[] closePayload = new byte[CONTROL_PAYLOAD_MAX];
    private Utf8Validator utf8 = new Utf8Validator();
    private @Nullable Refusal end;
    private long messageBytesMax;
    private int headLength;
    private int headNeeded = 2;
    private long payloadLeft;
    private long frameBytes;
    private long messageBytes;
    private boolean isFragmented;
    private boolean isText;
    private int opcode;
    private int payloadLength;

    /// @param messageBytesMax the largest message, with all fragments
    public FrameValidator(long messageBytesMax) {
        this.messageBytesMax = messageBytesMax;
    }

    /// Sets the bound for the messages that follow.
    void bound(long bytes) {
        messageBytesMax = bytes;
    }

    /// Takes the next bytes of the stream; see [#inspect(byte[], int, boolean)].
    ///
    /// @throws Refusal when the stream must end
    public int inspect(byte[] bytes) {
        int whole = inspect(bytes, 0, false);
        requireOpen();
        return whole;
    }

    /// Inspects the next bytes of the stream. Ignores bytes after its end.
    ///
    /// @param from the start of the bytes in the array
    /// @param oneFrame stop after the first complete frame, which may change the bound; pass the
    ///   rest again
    /// @return the number of bytes that belong to complete frames for the engine; the rest begins
    ///   an incomplete frame, or concerns [#requireOpen()]
    public int inspect(byte[] bytes, int from, boolean oneFrame) {
        int whole = 0;
        int at = from;
        try {
            while (at < bytes.length && end == null) {
                at = payloadLeft > 0 ? takePayload(bytes, at) : takeHead(bytes, at);
                if (payloadLeft == 0 && headLength == 0) {
                    endFrame();
                    frameBytes = 0;
                    whole = at - from;
                    if (oneFrame) {
                        return whole;
                    }
                }
            }
        } catch (Refusal refusal) {
            end = refusal;
        }
        return whole;
    }

    /// Must be called when the engine has received the frames before.
    ///
    /// @throws Refusal when the stream must end
    void requireOpen() {
        if (end != null) {
            throw end;
        }
    }

    private int takeHead(byte[] bytes, int at) {
        head[headLength++] = bytes[at];
        if (headLength == 2) {
            checkFirstTwo();
        }
        if (headLength == headNeeded) {
            payloadLeft = checkedPayload();
            payloadLength = 0;
            frameBytes = headNeeded + payloadLeft;
            System.arraycopy(head, headNeeded - MASK_BYTES, mask, 0, MASK_BYTES);
            headLength = 0;
            headNeeded = 2;
        }
        return at + 1;
    }

    private int takePayload(byte[] bytes, int from) {
        int step = (int) Math.min(payloadLeft, bytes.length - from);
        if (opcode == CLOSE || (isText && opcode < CLOSE)) {
            for (int i = from; i < from + step; i++) {
                take(bytes[i] ^ mask[payloadLength++ & 3]);
            }
        }
        payloadLeft -= step;
        return from + step;
    }

    private void take(int unmasked) {
        if (opcode == CLOSE) {
            closePayload[payloadLength - 1] = (byte) unmasked;
        } else if (!utf8.accept(unmasked & 0xff)) {
            throw notUtf8();
        }
    }

    private void endFrame() {
        if (opcode == CLOSE) {
            throw closed();
        }
        if (isText && !isFragmented && !utf8.isComplete()) {
            throw notUtf8();
        }
    }

    /// Answers the peer's close frame with the same code.
    private Refusal closed() {
        if (payloadLength == 0) {
            return new Refusal(CloseStatus.NORMAL, "");
        }
        int code = (closePayload[0] & 0xff) << 8 | (closePayload[1] & 0xff);
        if (payloadLength == 1 || !CloseStatus.maySend(code)) {
            return malformed();
        }
        var reason = new Utf8Validator();
        for (int i = 2; i < payloadLength; i++) {
            if (!reason.accept(closePayload[i] & 0xff)) {
                return notUtf8();
            }
        }
        return reason.isComplete() ? new Refusal(code, "") : notUtf8();
    }

    /// The size in bytes of the frame in progress, header included; 0 while it is not known.
    long frameBytes() {
        return frameBytes;
    }

    /// The announced size of the fragmented message so far; 0 between messages.
    long fragmentedBytes() {
        return isFragmented ? messageBytes : 0;
    }

    private void checkFirstTwo() {
        if ((head[0] & 0x70) != 0) {
            throw malformed();
        }
        if ((head[1] & 0x80) == 0) {
            throw malformed();
        }
        opcode = head[0] & 0x0f;
        int length = head[1] & 0x7f;
        if (opcode > 10 || (opcode > 2 && opcode < 8)) {
            throw malformed();
        }
        if (opcode >= 8 && (length > CONTROL_PAYLOAD_MAX || (head[0] & 0x80) == 0)) {
            throw malformed();
        }
        if ((opcode == 0 && !isFragmented) || (opcode > 0 && opcode < 8 && isFragmented)) {
            throw malformed();
        }
        headNeeded =
                switch (length) {
                    case 126 -> 8;
                    case 127 -> 14;
                    default -> 6;
                };
    }

    private long checkedPayload() {
        long length = head[1] & 0x7f;
        if (length >= 126) {
            int lengthBytes = length == 126 ? 2 : 8;
            length = 0;
            for (int i = 0; i < lengthBytes; i++) {
                length = (length << 8) | (head[2 + i] & 0xff);
            }
            if (length >= 0 && length < (lengthBytes == 2 ? 126 : 1 << 16)) {
                throw malformed();
            }
        }
        if (opcode < CLOSE) {
            boolean isTooLarge =
                    length < 0
                            || length > messageBytesMax
                            || (opcode == 0 ? messageBytes : 0) + length > messageBytesMax;
            if (isTooLarge) {
                throw new Refusal(1009, Failure.MESSAGE_TOO_LARGE.wireName());
            }
            messageBytes = (opcode == 0 ? messageBytes : 0) + length;
            isFragmented = (head[0] & 0x80) == 0;
            if (opcode != 0) {
                isText = opcode == TEXT;
                utf8 = new Utf8Validator();
            }
        }
        return length;
    }

    /// RFC 6455 requires the connection to fail; the reason helps the client's author.
    private static Refusal malformed() {
        return new Refusal(1002, Failure.FRAME_MALFORMED.wireName());
    }

    /// A text that is not UTF-8.
    private static Refusal notUtf8() {
        return new Refusal(1007, Failure.FRAME_MALFORMED.wireName());
    }

    /// The stream must end with this close code: the protocol was broken, or the peer closes.
    /// Carries no stack trace: it is an answer.
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int code;

        Refusal(int code, String reason) {
            super(reason, null, false, false);
            this.code = code;
        }

        int code() {
            return code;
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }
}

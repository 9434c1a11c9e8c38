package dev.qide.server.transport.websocket;

import dev.qide.wire.Failure;

/// Checks the headers of a client's frames (RFC 6455, section 5.2) before the engine sees them,
/// without copying.
///
/// The engine accepts unmasked frames, does not bound fragmented messages, and keeps partial frames
/// in buffers that it copies with every read. So this class refuses frames that violate the
/// protocol or the bound, and finds the end of the last whole frame. Owned by one thread.
public final class FrameValidator {
    private static final int HEAD_BYTES_MAX = 14;
    private static final int CONTROL_PAYLOAD_MAX = 125;

    private final byte[] head = new byte[HEAD_BYTES_MAX];
    private long messageBytesMax;
    private int headLength;
    private int headNeeded = 2;
    private long payloadLeft;
    private long frameBytes;
    private long messageBytes;
    private boolean isFragmented;

    /// @param messageBytesMax the largest message, with all fragments
    public FrameValidator(long messageBytesMax) {
        this.messageBytesMax = messageBytesMax;
    }

    /// Sets the bound for the messages that follow.
    void bound(long bytes) {
        messageBytesMax = bytes;
    }

    /// Inspects the next bytes of the stream; see [#inspect(byte[], int, boolean)].
    public int inspect(byte[] bytes) {
        return inspect(bytes, 0, false);
    }

    /// Inspects the next bytes of the stream.
    ///
    /// @param from the index of the first byte
    /// @param oneFrame whether to stop after the first whole frame, which may change the bound; the
    ///   remaining bytes must be passed again
    /// @return the number of bytes that belong to whole frames; the others start a partial frame
    /// @throws Refusal when the stream must end
    public int inspect(byte[] bytes, int from, boolean oneFrame) {
        int whole = 0;
        int at = from;
        while (at < bytes.length) {
            if (payloadLeft > 0) {
                int step = (int) Math.min(payloadLeft, bytes.length - at);
                payloadLeft -= step;
                at += step;
            } else {
                head[headLength++] = bytes[at++];
                if (headLength == 2) {
                    checkFirstTwo();
                }
                if (headLength < headNeeded) {
                    continue;
                }
                payloadLeft = checkedPayload();
                frameBytes = headNeeded + payloadLeft;
                headLength = 0;
                headNeeded = 2;
            }
            if (payloadLeft == 0 && headLength == 0) {
                frameBytes = 0;
                whole = at - from;
                if (oneFrame) {
                    return whole;
                }
            }
        }
        return whole;
    }

    /// The size in bytes of the current frame, header included; 0 while it is unknown.
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
        int opcode = head[0] & 0x0f;
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
        }
        int opcode = head[0] & 0x0f;
        if (opcode < 8) {
            boolean isTooLarge =
                    length < 0
                            || length > messageBytesMax
                            || (opcode == 0 ? messageBytes : 0) + length > messageBytesMax;
            if (isTooLarge) {
                throw new Refusal(1009, Failure.MESSAGE_TOO_LARGE.wireName());
            }
            messageBytes = (opcode == 0 ? messageBytes : 0) + length;
            isFragmented = (head[0] & 0x80) == 0;
        }
        return length;
    }

    /// RFC 6455 requires the connection to fail; the reason tells the client's author.
    private static Refusal malformed() {
        return new Refusal(1002, Failure.FRAME_MALFORMED.wireName());
    }

    /// The stream must end with this close code. Without a stack trace, since it is a regular
    /// result.
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

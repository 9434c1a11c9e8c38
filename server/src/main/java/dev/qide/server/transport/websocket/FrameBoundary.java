package dev.qide.server.transport.websocket;

/// Follows a stream of well-formed frames (RFC 6455, section 5.2): whether it is between two
/// frames, and whether a close frame has begun. Owned by one thread.
final class FrameBoundary {
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int MASKED = 0x80;

    /// The position in the head of a frame; 0 between two frames.
    private int headBytes;

    private int headLength;
    private int lengthCode;
    private long payloadLeft;
    private boolean isCloseSeen;
    private boolean isBinary;
    private long binaryFrames;

    /// Follows the next bytes.
    void follow(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            at += followFrame(bytes, at, end - at);
        }
    }

    /// Follows the next bytes until a frame ends.
    ///
    /// @return the number of bytes that were followed
    int followFrame(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (headBytes > 0 && headBytes == headLength) {
                int skipped = (int) Math.min(payloadLeft, end - at);
                payloadLeft -= skipped;
                at += skipped;
            } else {
                followHead(bytes[at] & 0xff);
                at++;
            }
            if (headBytes > 1 && headBytes == headLength && payloadLeft == 0) {
                headBytes = 0;
                binaryFrames += isBinary ? 1 : 0;
                return at - offset;
            }
        }
        return length;
    }

    /// Whether a new frame may be inserted here.
    boolean isBetweenFrames() {
        return headBytes == 0;
    }

    /// Whether a close frame has begun: nothing may follow it.
    boolean isCloseSeen() {
        return isCloseSeen;
    }

    /// The number of binary frames that have ended.
    long binaryFrames() {
        return binaryFrames;
    }

    private void followHead(int next) {
        if (headBytes == 0) {
            int opcode = next & 0x0f;
            isCloseSeen |= opcode == CLOSE;
            isBinary = opcode == BINARY;
            headLength = 2;
        } else if (headBytes == 1) {
            lengthCode = next & 0x7f;
            int extended = lengthCode == 127 ? 8 : lengthCode == 126 ? 2 : 0;
            headLength = 2 + extended + ((next & MASKED) != 0 ? 4 : 0);
            payloadLeft = extended == 0 ? lengthCode : 0;
        } else if (headBytes < 2 + extendedBytes()) {
            payloadLeft = payloadLeft << 8 | next;
        }
        headBytes++;
    }

    private int extendedBytes() {
        return lengthCode == 127 ? 8 : lengthCode == 126 ? 2 : 0;
    }
}

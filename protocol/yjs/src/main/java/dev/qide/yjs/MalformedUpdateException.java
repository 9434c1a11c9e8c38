package dev.qide.yjs;

/// The input is malformed. The readers throw no other exception for malformed input.
///
/// The message names the mistake and the offset of the byte; it never contains document content.
public final class MalformedUpdateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// The offset at which the reader stopped.
    private final int position;

    /// @param what the mistake, for example `string is not UTF-8`
    /// @param position offset of the offending byte in the input
    public MalformedUpdateException(String what, int position) {
        super(what + " at byte " + position);
        this.position = position;
    }

    /// The offset of the offending byte in the input.
    public int position() {
        return position;
    }
}

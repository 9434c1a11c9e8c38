package dev.qide.yjs;

/// Thrown for every malformed input, and the only exception that the readers throw for one.
///
/// The message names what is wrong and at which byte; it never holds content of the document.
public final class MalformedUpdateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// The byte at which the reader gave up.
    private final int position;

    /// @param what what is wrong, for instance `string is not UTF-8`
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

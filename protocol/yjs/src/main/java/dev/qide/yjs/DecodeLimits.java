package dev.qide.yjs;

/// The limits beyond which a reader refuses an input.
///
/// Readers never allocate more than they have read, so most limits bound the caller's effort rather
/// than protect the reader; only the depth protects the stack.
///
/// @param bytes the longest input, in bytes
/// @param structs the maximum number of structs, and of deleted ranges, in one update
/// @param depth the deepest nesting of a value (`any` or JSON)
public record DecodeLimits(int bytes, int structs, int depth) {
    /// A depth that no reasonable value reaches and that fits every stack.
    public static final int STANDARD_DEPTH = 256;

    /// Any input that fits into an array, with values nested at most [#STANDARD_DEPTH] deep.
    public static final DecodeLimits STANDARD =
            new DecodeLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, STANDARD_DEPTH);

    /// The largest accepted value of `depth`: a reader recurses once per level.
    public static final int MAXIMUM_DEPTH = 1_000;

    /// The limits for updates that were accepted earlier, under any limits: they are never refused
    /// later.
    static final DecodeLimits WIDEST =
            new DecodeLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, MAXIMUM_DEPTH);

    public DecodeLimits {
        if (bytes < 1 || structs < 1 || depth < 1 || depth > MAXIMUM_DEPTH) {
            throw new IllegalArgumentException(
                    "limits must be positive and the depth at most " + MAXIMUM_DEPTH);
        }
    }
}

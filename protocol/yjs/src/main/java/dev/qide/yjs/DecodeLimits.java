package dev.qide.yjs;

/// How much a reader takes from one input before it refuses it.
///
/// Readers never allocate what they have not read, so a limit is about the caller's patience, not
/// about the reader's safety; only the depth protects the stack.
///
/// @param bytes longest input, in bytes
/// @param structs most structs, and most deleted ranges, in one update
/// @param depth deepest nesting of a value (`any` or JSON)
public record DecodeLimits(int bytes, int structs, int depth) {
    /// Depth that no sensible value reaches and every stack bears.
    public static final int STANDARD_DEPTH = 256;

    /// Everything that fits into an array, nested at most [#STANDARD_DEPTH] deep.
    public static final DecodeLimits STANDARD =
            new DecodeLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, STANDARD_DEPTH);

    /// The deepest nesting that [#DecodeLimits] accepts: a reader recurses once for each level.
    public static final int MAXIMUM_DEPTH = 1_000;

    /// The bounds for what was accepted before under whatever bounds: it is never refused later.
    static final DecodeLimits WIDEST =
            new DecodeLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, MAXIMUM_DEPTH);

    public DecodeLimits {
        if (bytes < 1 || structs < 1 || depth < 1 || depth > MAXIMUM_DEPTH) {
            throw new IllegalArgumentException(
                    "limits must be positive and the depth at most " + MAXIMUM_DEPTH);
        }
    }
}

package dev.qide.yjs;

/// The type bytes of lib0's `any` values.
final class Any {
    static final int UNDEFINED = 127;
    static final int NULL = 126;
    static final int INTEGER = 125;
    static final int FLOAT32 = 124;
    static final int FLOAT64 = 123;
    static final int BIG_INTEGER = 122;
    static final int FALSE = 121;
    static final int TRUE = 120;
    static final int STRING = 119;
    static final int OBJECT = 118;
    static final int ARRAY = 117;
    static final int BYTES = 116;

    /// How JSON content writes `undefined`, for which JSON has no word.
    static final String UNDEFINED_WORD = "undefined";

    private Any() {}
}

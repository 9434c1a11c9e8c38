package dev.qide.yjs;

/// The id of one element of a shared document: the `clock`-th element that `client` inserted.
///
/// A client numbers its insertions from 0, with one clock for each UTF-16 unit of text, each array
/// element and each map entry.
///
/// @param client author id, 0 to 2^53 − 1
/// @param clock position in the author's own sequence, 0 to 2^53 − 1
public record Id(long client, long clock) {
    public Id {
        if (client < 0 || client > Lib0Decoder.MAXIMUM_UINT) {
            throw new IllegalArgumentException("client " + client + " is not in 0..2^53-1");
        }
        if (clock < 0 || clock > Lib0Decoder.MAXIMUM_UINT) {
            throw new IllegalArgumentException("clock " + clock + " is not in 0..2^53-1");
        }
    }
}

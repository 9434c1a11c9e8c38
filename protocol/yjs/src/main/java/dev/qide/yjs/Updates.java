package dev.qide.yjs;

import java.util.List;

/// Operations on updates that do not build a document. Thread-safe.
public final class Updates {
    private Updates() {}

    /// Merges updates into one with the same effect (`mergeUpdates`). A single update is returned
    /// unchanged.
    ///
    /// @throws MalformedUpdateException when one of them is malformed
    public static byte[] merge(List<byte[]> updates) {
        return UpdateMerger.merge(updates);
    }

    /// The part of an update that a replica with the state `known` lacks (`diffUpdate`), with all
    /// deletions.
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static byte[] diff(byte[] update, StateVector known) {
        return UpdateDiff.diff(update, known);
    }

    /// The state vector of a document with only this update (`encodeStateVectorFromUpdate`).
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static StateVector stateVectorOf(byte[] update) {
        return UpdateDiff.stateVectorOf(update);
    }

    /// Splits an update into several of about `bytes` bytes each, for a transport that limits its
    /// messages. Applied in this order they have the effect of the whole. A single struct is never
    /// split, so a part may be larger.
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static List<byte[]> split(byte[] update, int bytes) {
        return UpdateSplitter.split(update, bytes);
    }
}

package dev.qide.yjs;

import java.util.List;

/// Works on updates without building a document. Thread-safe.
public final class Updates {
    private Updates() {}

    /// Joins updates into one that has the same effect (`mergeUpdates`). A single one is returned
    /// as it is.
    ///
    /// @throws MalformedUpdateException when one of them is malformed
    public static byte[] merge(List<byte[]> updates) {
        return UpdateMerger.merge(updates);
    }

    /// What a replica with the state `known` lacks of an update (`diffUpdate`). All its deletions
    /// are kept.
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static byte[] diff(byte[] update, StateVector known) {
        return UpdateDiff.diff(update, known);
    }

    /// The state that an update makes out of nothing (`encodeStateVectorFromUpdate`).
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static StateVector stateVectorOf(byte[] update) {
        return UpdateDiff.stateVectorOf(update);
    }

    /// Cuts an update into several of about `bytes` bytes each, for a line that takes no large
    /// messages: applied in this order they have the effect of the whole. A single struct is never
    /// cut, so that a part may be larger.
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static List<byte[]> split(byte[] update, int bytes) {
        return UpdateSplitter.split(update, bytes);
    }
}

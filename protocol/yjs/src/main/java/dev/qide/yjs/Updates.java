package dev.qide.yjs;

import java.util.List;

/// Operations on updates that do not build a document. Updates are in format v1 where the name does
/// not say v2. Thread-safe.
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

    /// Converts an update from format v1 to v2 (`convertUpdateFormatV1ToV2`).
    ///
    /// @throws MalformedUpdateException when it is malformed, or a clock is too large for v2 (2^52)
    public static byte[] toV2(byte[] update) {
        return UpdateV2Encoder.fromV1(update);
    }

    /// Converts an update from format v2 to v1 (`convertUpdateFormatV2ToV1`) within
    /// [DecodeLimits#STANDARD].
    ///
    /// @throws MalformedUpdateException when it is malformed, when it has a value in a text that
    ///   JSON cannot represent, or when it expands to more than 1 MiB plus 64 times its length
    public static byte[] toV1(byte[] update) {
        return toV1(update, DecodeLimits.STANDARD);
    }

    /// Converts an update from format v2 to v1; the limits hold for both forms.
    ///
    /// @throws MalformedUpdateException as [#toV1(byte\[\])]
    public static byte[] toV1(byte[] update, DecodeLimits limits) {
        byte[] v1 = UpdateV2Decoder.toV1(update, limits);
        StructCursor.check(v1, limits);
        return v1;
    }

    /// [#merge] for updates in format v2 (`mergeUpdatesV2`).
    ///
    /// @throws MalformedUpdateException when one of them is malformed
    public static byte[] mergeV2(List<byte[]> updates) {
        if (updates.size() == 1) {
            return updates.getFirst();
        }
        return toV2(merge(updates.stream().map(Updates::asV1).toList()));
    }

    /// [#diff] for an update in format v2 (`diffUpdateV2`).
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static byte[] diffV2(byte[] update, StateVector known) {
        return toV2(diff(asV1(update), known));
    }

    /// [#stateVectorOf] for an update in format v2 (`encodeStateVectorFromUpdateV2`).
    ///
    /// @throws MalformedUpdateException when it is malformed
    public static StateVector stateVectorOfV2(byte[] update) {
        return stateVectorOf(asV1(update));
    }

    /// The v1 form of an update that the next step reads whole, and thereby checks.
    private static byte[] asV1(byte[] update) {
        return UpdateV2Decoder.toV1(update, DecodeLimits.WIDEST);
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

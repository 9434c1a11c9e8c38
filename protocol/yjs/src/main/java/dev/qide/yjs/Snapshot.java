package dev.qide.yjs;

/// A past state of a document: the ids that it had and those of them that were deleted. With a
/// document that keeps deleted content it restores the old state.
///
/// @param deletions the deleted ids; do not change the set
/// @param state the state vector
public record Snapshot(IdSet deletions, StateVector state) {
    /// The snapshot of an empty document.
    public static final Snapshot EMPTY = new Snapshot(new IdSet(), StateVector.EMPTY);

    /// The present state of everything that is integrated (`snapshot`).
    public static Snapshot of(Doc doc) {
        var deletions = new IdSet();
        for (var client : doc.store.descending()) {
            for (int i = 0; i < client.size; i++) {
                var struct = client.get(i);
                if (struct.isDeleted()) {
                    deletions.add(client.client, struct.clock, struct.end());
                }
            }
        }
        return new Snapshot(deletions, doc.stateVector());
    }

    /// Reads `encodeSnapshot` of Yjs.
    ///
    /// @throws MalformedUpdateException when the bytes are not exactly one snapshot
    public static Snapshot decode(byte[] encoded) {
        int vectorStart = deleteSetEnd(new Lib0Decoder(encoded));
        var deletions = new Lib0Decoder(encoded, 0, vectorStart);
        return new Snapshot(
                new DeleteSetReader(deletions, DecodeLimits.STANDARD).read(),
                StateVector.decode(new Lib0Decoder(encoded, vectorStart, encoded.length)));
    }

    private static int deleteSetEnd(Lib0Decoder decoder) {
        for (long clients = decoder.readVarUint(); clients > 0; clients--) {
            var _ = decoder.readVarUint();
            for (long ranges = decoder.readVarUint(); ranges > 0; ranges--) {
                var _ = decoder.readVarUint();
                var _ = decoder.readVarUint();
            }
        }
        return decoder.position();
    }

    /// Reads `encodeSnapshotV2` of Yjs.
    ///
    /// @throws MalformedUpdateException when the bytes are not exactly one snapshot
    public static Snapshot decodeV2(byte[] encoded) {
        var decoder = new Lib0Decoder(encoded);
        var deletions = DeleteSetsV2.read(decoder, DecodeLimits.STANDARD);
        return new Snapshot(deletions, StateVector.decode(decoder));
    }

    /// `encodeSnapshot` of Yjs.
    public byte[] encode() {
        var encoder = new Lib0Encoder();
        DeleteSets.write(encoder, deletions);
        return encoder.writeRaw(state.encode()).toBytes();
    }

    /// `encodeSnapshotV2` of Yjs.
    public byte[] encodeV2() {
        var encoder = new Lib0Encoder();
        DeleteSetsV2.write(encoder, deletions);
        return encoder.writeRaw(state.encode()).toBytes();
    }

    /// Whether a document in this state has everything that an update brings
    /// (`snapshotContainsUpdate`).
    ///
    /// @param update in format v1
    /// @throws MalformedUpdateException when it is malformed
    public boolean contains(byte[] update) {
        var cursor = new StructCursor(update, DecodeLimits.WIDEST);
        boolean hasAll = true;
        while (cursor.next()) {
            hasAll &= state.clock(cursor.client) >= cursor.clock + cursor.length;
        }
        return deletions.containsAll(cursor.readDeleteSet()) && hasAll;
    }

    /// Applies this state of `origin` to `target`, which is usually empty
    /// (`createDocFromSnapshot`). The origin of the change in `target` is the text `snapshot`.
    ///
    /// @throws IllegalArgumentException when `origin` collects garbage, since deleted content may
    ///   be gone, or lacks a part of the snapshot
    public void restore(Doc origin, Doc target) {
        if (origin.options().collectsGarbage()) {
            throw new IllegalArgumentException(
                    "the origin collects garbage: make it with collectsGarbage = false");
        }
        for (long client : state.clients()) {
            if (origin.store.state(client) < state.clock(client)) {
                throw new IllegalArgumentException("the origin lacks a part of the snapshot");
            }
        }
        var update = new Lib0Encoder();
        origin.transact(null, transaction -> writeTo(update, transaction));
        target.applyUpdate(update.toBytes(), "snapshot");
    }

    /// Writes each client up to its clock; an item that extends beyond it is split and merged again
    /// at the end of the transaction.
    private void writeTo(Lib0Encoder update, Transaction transaction) {
        update.writeVarUint(state.clients().size());
        for (long client : state.clients()) {
            var structs = transaction.doc.store.of(client);
            long clock = state.clock(client);
            var _ = StructStore.endingAt(transaction, structs, clock - 1);
            int last = structs.indexOf(clock - 1);
            update.writeVarUint(last + 1L).writeVarUint(client).writeVarUint(0);
            for (int i = 0; i <= last; i++) {
                structs.get(i).write(update, 0);
            }
        }
        DeleteSets.write(update, deletions);
    }
}

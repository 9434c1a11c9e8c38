package dev.qide.yjs;

/// Clocks whose items are gone altogether, their place in the list included (`GC` in Yjs): they
/// were children of a deleted type, or came without a parent that still exists.
final class Collected extends Struct {
    Collected(ClientStructs owner, long clock, long length) {
        super(owner, clock, length);
    }

    @Override
    boolean isDeleted() {
        return true;
    }

    @Override
    void write(Lib0Encoder encoder, long offset) {
        encoder.writeByte(StructCursor.GC).writeVarUint(length - offset);
    }
}

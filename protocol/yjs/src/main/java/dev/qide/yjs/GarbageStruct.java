package dev.qide.yjs;

/// Clocks whose items were removed together with their place in the list (`GC` in Yjs): they were
/// children of a deleted type, or arrived after their parent was collected.
final class GarbageStruct extends Struct {
    GarbageStruct(ClientStructs owner, long clock, long length) {
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

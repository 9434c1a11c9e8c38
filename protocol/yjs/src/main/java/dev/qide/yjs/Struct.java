package dev.qide.yjs;

/// A run of consecutive clocks of one client: an item, or a collected run.
abstract sealed class Struct permits Item, GarbageStruct {
    final ClientStructs owner;
    long clock;
    long length;

    Struct(ClientStructs owner, long clock, long length) {
        this.owner = owner;
        this.clock = clock;
        this.length = length;
    }

    final long client() {
        return owner.client;
    }

    /// The first clock after it.
    final long end() {
        return clock + length;
    }

    abstract boolean isDeleted();

    /// Writes it from `offset`, in the format of an update.
    abstract void write(Lib0Encoder encoder, long offset);
}

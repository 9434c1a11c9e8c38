package dev.qide.yjs;

/// A run of consecutive clocks of one client: an item, or what is left of collected ones.
abstract sealed class Struct permits Item, Collected {
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

    /// The first clock behind it.
    final long end() {
        return clock + length;
    }

    abstract boolean isDeleted();

    /// Writes it from `offset` on, as in an update.
    abstract void write(Lib0Encoder encoder, long offset);
}

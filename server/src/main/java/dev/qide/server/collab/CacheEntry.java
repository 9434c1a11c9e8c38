package dev.qide.server.collab;

/// The document cache, as one document sees it. Thread-safe.
interface CacheEntry {
    /// Releases the hold of one subscription that ended.
    void subscriptionEnded();

    /// Reports that the document may be evicted.
    void idle();

    /// Reports a change of the document's estimated heap.
    ///
    /// @param bytes the change, positive or negative
    void memoryChanged(long bytes);

    /// Evicts idle documents until the memory bound holds.
    ///
    /// @return whether it holds
    boolean evictIdle();
}

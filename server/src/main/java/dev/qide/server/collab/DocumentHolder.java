package dev.qide.server.collab;

/// Who holds a document in memory. Thread-safe.
interface DocumentHolder {
    /// A subscription came to its end.
    void subscriptionEnded();

    /// It may leave the memory.
    void idle();

    /// It takes so many bytes more, or fewer.
    void grew(long bytes);

    /// Lets others go that nobody has open, until there is capacity.
    ///
    /// @return whether there is
    boolean makeRoom();
}

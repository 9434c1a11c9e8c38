package dev.qide.server.limits;

import java.time.Duration;

/// Token buckets that several servers share. A server takes tokens from its own bucket and reports
/// them; the answer corrects its own bucket. Implementations are thread-safe and never block.
public interface SharedTokenBuckets {
    /// Whether reports are answered at present. While they are not, each server counts alone.
    boolean areReachable();

    /// Reports what was taken. Calls one method of `reply`, once and on any thread.
    void report(Report report, Reply reply);

    /// A rate for which servers count together.
    ///
    /// @param name the same on every server, different from that of every other rate
    /// @param capacity the tokens per period, also the burst
    record Rate(String name, long capacity, Duration period) {}

    /// The tokens that a server has taken from a bucket since its last report.
    ///
    /// @param key whose bucket it is: an address, a person, a workspace
    /// @param taken the tokens since the last report
    /// @param left the tokens in the server's own bucket; the start of a bucket that does not exist
    /// @param isAlone whether the server has counted alone meanwhile: `taken` is unknown then, and
    ///   the bucket gets the smaller number of its own tokens and `left`
    record Report(Rate rate, String key, long taken, long left, boolean isAlone) {}

    /// Receives the answer to a report.
    interface Reply {
        /// @param left the tokens in the shared bucket; below zero when servers took more than it
        ///   had
        void answered(long left);

        /// The report may or may not have been counted.
        void failed();
    }
}

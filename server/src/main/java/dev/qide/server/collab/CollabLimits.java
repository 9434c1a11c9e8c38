package dev.qide.server.collab;

import java.time.Duration;

/// The bounds of shared documents.
///
/// @param openDocuments documents in memory; idle ones are evicted first
/// @param memoryBytes estimated heap of all documents; idle ones are evicted first, and while the
///   others alone exceed the bound no document is opened
/// @param textCharacters length of a text in UTF-16 units from which it accepts only deletions
/// @param documentBytes size of a document's updates from which it accepts only deletions
/// @param documentsPerSocket documents that one socket may have open
/// @param inboxMessages messages that may wait for one document
/// @param inboxBytes bytes of messages that may wait for one document
/// @param uncommittedBytes uncommitted bytes of a document from which further updates are dropped
///   and requested again later
/// @param load how long the first client of a document waits for the database
/// @param reconcile how long joining clients wait until the file's content is merged
/// @param idle how long a document without subscriptions stays in memory
/// @param viewerWait how long an update relayed by a viewer may wait for the author's own copy
/// @param presenceWait how long awareness may wait behind its author's updates
/// @param login how long a socket without a login at its handshake may stay open
/// @param ping the interval between two Pings on a socket
/// @param leavingRows rows of a document from which it is compacted before eviction
/// @param tick the interval of the documents' periodic checks
public record CollabLimits(
        int openDocuments,
        long memoryBytes,
        long textCharacters,
        long documentBytes,
        int documentsPerSocket,
        int inboxMessages,
        int inboxBytes,
        long uncommittedBytes,
        Duration load,
        Duration reconcile,
        Duration idle,
        Duration viewerWait,
        Duration presenceWait,
        Duration login,
        Duration ping,
        int leavingRows,
        Duration tick) {
    /// The bounds of a production server.
    public static final CollabLimits STANDARD =
            new CollabLimits(
                    4_096,
                    Runtime.getRuntime().maxMemory() / 4,
                    5 << 20,
                    48 << 20,
                    256,
                    512,
                    32 << 20,
                    4 << 20,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(12),
                    64,
                    Duration.ofMillis(500));
}

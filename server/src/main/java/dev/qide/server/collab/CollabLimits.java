package dev.qide.server.collab;

import java.time.Duration;

/// The bounds of shared documents.
///
/// @param openDocuments how many documents may be in memory; those nobody has open make room first
/// @param memoryBytes how much heap documents may take by their own estimate; those nobody has open
///   make room first, and when the others alone reach it, no more are opened
/// @param textCharacters from how many UTF-16 units on a text takes nothing but deletions
/// @param documentBytes from how many bytes of updates on a document takes nothing but deletions
/// @param documentsOfASocket how many documents one socket may have open
/// @param inboxMessages how many messages may wait for one document
/// @param inboxBytes how many bytes of messages may wait for one document
/// @param uncommittedBytes from how many bytes of a document that wait for the database on its
///   updates are dropped, and asked for again later
/// @param load how long the first person at a document waits for the database
/// @param reconcile how long those who open a document wait until what is on disk is merged in
/// @param idle how long a document that nobody has open stays in memory
/// @param viewerWait how long an update that a viewer passes on may wait for its author's copy
/// @param presenceWait how long presence may wait behind its author's updates
/// @param login how long a socket that did not log in at its handshake may stay without
/// @param ping the time between two Pings on a socket
/// @param leavingRows from how many rows on a document's rows are joined before it leaves the
///   memory
/// @param tick how often documents look at what is due
public record CollabLimits(
        int openDocuments,
        long memoryBytes,
        long textCharacters,
        long documentBytes,
        int documentsOfASocket,
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
    /// What a server runs with.
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

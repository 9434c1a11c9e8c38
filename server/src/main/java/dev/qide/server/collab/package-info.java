/// Shared documents: the update pipeline, awareness, durable acknowledgement.
///
/// The path of an update: [HocuspocusConnection] or [YWebsocketConnection] decodes a frame into a
/// `protocol.ClientMessage` → [SharedDocument] queues it → [DocumentLifecycle] opens the document →
/// [UpdatePipeline] checks it and offers it to the update log. After the commit: [UpdatePipeline] →
/// [LiveDocument] integrates it → [Broadcaster] → [Subscription] (one socket) →
/// `protocol.FrameSink`.
///
/// - Acknowledgements: [AckTracker].
/// - Opening: [PendingJoins], [DocumentLoader], [Reconciliation], [Genesis], [GenesisGuard].
/// - Ending: [GenerationEnd], [GenerationEnds].
/// - Edits by the server: [Collaboration#edit], [ServerEdit], [ServerEdits].
/// - Known ids: [IdCoverage]. Bounds: [CollabLimits]. Compaction: [Compaction].
///
/// One virtual thread owns each document; sockets and the log only send it messages.
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;

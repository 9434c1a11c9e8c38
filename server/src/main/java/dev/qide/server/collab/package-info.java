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
/// Each document has one actor; sockets and the log only send it messages. *The document's thread*
/// is whichever thread runs the actor's current task: the actor's own or, while the actor is idle,
/// another one.
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;

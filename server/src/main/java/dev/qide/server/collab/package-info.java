/// Shared documents: the update pipeline, awareness, durable acknowledgement.
///
/// An update comes in by [HocuspocusConnection] or [YWebsocketConnection] (the framings, read into
/// `protocol.ClientMessage`) → [SharedDocument] (the inbox) → [DocumentLifecycle] (open, load,
/// evict) → [UpdatePipeline] (is it allowed, is it new) → the update log. Once committed it goes
/// back: [UpdatePipeline] → [LiveDocument] (integrated) → [Broadcaster] → [Subscription] (one
/// socket) → `protocol.FrameSink`.
///
/// - When an acknowledgement is due: [AckTracker].
/// - How a document is opened: [PendingJoins], [DocumentLoader], [Reconciliation], [Genesis],
///   [GenesisGuard].
/// - How the server edits a text: [Collaboration#edit], [ServerEdit], [ServerEdits].
/// - Which ids exist: [IdCoverage]. Bounds: [CollabLimits]. Compaction: [Compaction].
///
/// One virtual thread owns a document; sockets and the log only send it messages.
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;

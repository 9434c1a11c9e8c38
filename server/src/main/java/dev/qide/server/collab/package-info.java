/// Shared documents: merge, presence, history, durable acknowledgement.
///
/// The way of a keystroke in: [HocuspocusConnection] or [YWebsocketConnection] (the framings) →
/// `ClientMessage` (read and checked) → [SharedDocument] (the inbox) → [DocumentLifecycle] (whose
/// turn it is) → [UpdatePipeline] (may it be taken, is it new) → the update log. And, once it is
/// committed, back: [UpdatePipeline] → [LiveDocument] (integrated) → [Subscription] (everybody is
/// told in one `ServerMessage`) → `FrameSink` (in their framing).
///
/// | to | read |
/// |---|---|
/// | know when an acknowledgement is due | [AckTracker] |
/// | see how a document comes to be open | [DocumentLifecycle], [DocumentLoader], [Reconciliation], [Genesis], [GenesisGuard] |
/// | change a text as the server | [Collaboration#edit], [ServerEdit], `TextEdit`, `TextDiff` |
/// | follow presence | `AwarenessRelay`, `AwarenessStates` |
/// | know which ids there are | [IdCoverage] |
/// | find the bounds | [CollabLimits] |
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;

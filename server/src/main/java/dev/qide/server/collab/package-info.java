/// Shared documents: merge, presence, history, durable acknowledgement.
///
/// The way of a keystroke in: [BinarySide] or [YWebsocketSide] (the framings) → [Inbound] (read and
/// checked) → [SharedDocument] (the inbox) → [DocumentLife] (whose turn it is) → [Relay] (may it be
/// taken, is it new) → the update log. And, once it is committed, back: [Relay] → [LiveDocument]
/// (integrated) → [Seat] (everybody is told in one [Frame]) → [Line] (in their framing).
///
/// | to | read |
/// |---|---|
/// | know when an acknowledgement is due | [Receipts] |
/// | see how a document comes to be open | [DocumentLife], [Opening], [Reconciliation], [Genesis], [GenesisGuard] |
/// | change a text as the server | [Collaboration#edit], [ServerEdit], [TextEdit], [TextDiff] |
/// | follow presence | [PresenceRelay], [PresenceBoard] |
/// | know which ids there are | [IdCoverage] |
/// | find the bounds | [CollabLimits] |
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;

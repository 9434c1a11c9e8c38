/// Awareness: who is present in a document, and where.
///
/// - [AwarenessState] checks one client's state before others see it.
/// - [AwarenessStates] holds the states of a document; [AwarenessRelay] passes changes on to the
///   other subscriptions, behind the updates of their author.
///
/// Owned by the document's thread.
@NullMarked
package dev.qide.server.collab.awareness;

import org.jspecify.annotations.NullMarked;

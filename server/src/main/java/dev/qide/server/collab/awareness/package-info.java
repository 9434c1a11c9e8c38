/// Awareness: the clients present in a document, and their cursors.
///
/// - [AwarenessState] validates one client's state before others receive it.
/// - [AwarenessStates] holds the states of a document.
/// - [AwarenessRelay] sends changes to the other subscriptions, after the updates of their author.
///
/// Owned by the document's thread.
@NullMarked
package dev.qide.server.collab.awareness;

import org.jspecify.annotations.NullMarked;

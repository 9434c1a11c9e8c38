/// The binary messages about documents, in the framings of Hocuspocus and y-websocket.
///
/// - In: [ClientMessage] is one message of a client, read and checked before the document sees it.
/// - Out: [ServerMessage] is encoded once for each framing and address; [FrameSink] brings it to
///   one client. [DocumentAddress] is what stands at the beginning of each Hocuspocus frame.
///
/// No thread of its own: messages are immutable, sinks do not block.
@NullMarked
package dev.qide.server.collab.protocol;

import org.jspecify.annotations.NullMarked;

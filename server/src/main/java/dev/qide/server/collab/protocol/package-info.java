/// The binary messages about documents, in Hocuspocus and y-websocket framing.
///
/// - Incoming: [ClientMessage] is one message of a client, decoded and validated before the
///   document receives it.
/// - WebSocketSender: [ServerMessage] is encoded once per framing and address; [FrameSink] sends it
///   to one client. [DocumentAddress] begins each Hocuspocus frame.
///
/// No thread of its own: messages are immutable, sinks do not block.
@NullMarked
package dev.qide.server.collab.protocol;

import org.jspecify.annotations.NullMarked;

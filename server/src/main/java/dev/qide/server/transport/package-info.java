/// Transport only: the HTTP and WebSocket engine, TLS, sizes, handshake, the outgoing queue.
/// Nothing of Helidon, Tyrus or Jakarta WebSocket leaves this room.
///
/// - [WebServer] binds, serves, drains; [Listener] accepts; [TransportLimits] names every bound,
///   [TransportMetrics] counts. [AcceptedChannels] holds the channels, by which a stuck connection
///   is aborted.
/// - Implemented by `api`: [HttpHandler] answers requests, [WebSocketHandler] admits handshakes and
///   makes the receiver of a socket; both see a [RequestHead]. [Outgoing] is a socket's sending
///   side.
/// - `http` parses requests and writes answers, `websocket` reads frames and sends them, `tls`
///   reads certificates.
///
/// Invariants: a handler decides before the engine sees a handshake; the outgoing queue is the only
/// sender, also of pings, pongs and closes; nothing follows a close frame.
@NullMarked
package dev.qide.server.transport;

import org.jspecify.annotations.NullMarked;

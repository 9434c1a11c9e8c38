/// Transport only: the HTTP and WebSocket engine, sizes, handshake, the outgoing queue. Nothing of
/// Helidon, Tyrus or Jakarta WebSocket leaves this room.
///
/// # Map
///
/// - [WebServer] binds, serves, drains. [TransportLimits] names every bound, [TransportMetrics]
///   counts.
/// - Doors, written by others: [HttpHandler] answers requests, [WebSocketHandler] admits handshakes
///   and makes the receiver of a socket, [Outgoing] is the socket's sending side. Both see a
///   [RequestHead].
/// - In: `EngineUpgrade` decides, `EngineConnection` reads, `FrameValidator` refuses what breaks
///   the protocol or a bound, the engine (`EngineContainer`, `SocketEndpoint`) decodes.
/// - Out: `OutgoingQueue` of finished `WebSocketFrame`s.
/// - [AcceptedChannels] holds what the web server hides: the channel, by which a stuck connection
///   is aborted. `InputMemory` and `SendMemory` bound the sums over all sockets.
/// - HTTP: `HttpRequests`, `FailurePage`, [LoggedFailures].
///
/// # Invariants
///
/// - The door decides before the engine sees a handshake; the engine's endpoint denies what no door
///   admitted.
/// - The queue is the only sender, also of pings, pongs and closes; nothing follows a close frame.
/// - Whole frames alone reach the engine.
/// - A socket that does not read, does not answer or sends too much costs itself.
/// - The end of a socket is told to its receiver exactly once, however it came.
@NullMarked
package dev.qide.server.transport;

import org.jspecify.annotations.NullMarked;
